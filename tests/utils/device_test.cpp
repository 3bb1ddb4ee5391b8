#include "keraslike/keraslike.h"
#include "keraslike/torch.h"
#include "support/second_device.h"

#include "support/catch.h"

using namespace keraslike;

namespace {

std::string refused(const std::string& device) {
  try {
    config::set_device(device);
  } catch (const ValueError& error) {
    return error.what();
  }
  return "";
}

// "xpu", for example.
std::string kind() {
  const std::string name = test::second_device().str();
  return name.substr(0, name.find(':'));
}

const std::string kExpected =
    "set_device expects \"cpu\", or the name of another device that LibTorch can compute on here, such as \"cuda\" or "
    "\"cuda:1\". Received: device=";

}  // namespace

TEST_CASE("The device is the CPU until it is set, and has an index where LibTorch's tensors have one",
          "[utils][device]") {
  CHECK(config::device() == "cpu");
  {
    const test::OnSecondDevice on_device;
    CHECK(config::device() == test::second_device().str());
    config::set_device(kind());
    CHECK(config::device() == kind() + ":0");
    config::set_device("cpu:0");
    CHECK(config::device() == "cpu");
  }
  CHECK(config::device() == "cpu");
}

TEST_CASE("The tests' own device refuses what a GPU refuses, and what would go unnoticed", "[utils][device]") {
  const at::Tensor there = at::arange(4, at::kFloat).to(test::second_device());
  CHECK((there * 2 + at::scalar_tensor(1)).sum().item<float>() == 16.0F);
  CHECK_THROWS_WITH(there + at::ones({4}), ContainsSubstring("Expected all tensors to be on the same device"));
  CHECK_THROWS_WITH(at::cat({there, at::ones({4})}),
                    ContainsSubstring("expected all tensors to be on the second device"));
  CHECK_THROWS_WITH(at::rand({4}, there.options()), ContainsSubstring("draws on the second device"));
}

TEST_CASE("A name of no device is refused, and the device stays what it was", "[utils][device][errors]") {
  const test::OnSecondDevice on_device;

  CHECK(refused("gpu") == kExpected + "\"gpu\". That names no device of LibTorch's.");
  CHECK(refused("") == kExpected + "\"\". That names no device of LibTorch's.");
  CHECK(refused("cuda:") == kExpected + "\"cuda:\". That names no device of LibTorch's.");
  CHECK(refused("cuda:99999999999") == kExpected + "\"cuda:99999999999\". That names no device of LibTorch's.");
  CHECK(refused("cpu:1") == kExpected + "\"cpu:1\". There is one CPU, \"cpu\".");
  CHECK(refused(std::string(5000, 'x')).size() < 600);
  CHECK(refused(kind() + ":7") == kExpected + "\"" + kind() + ":7\". The number of " + kind() +
                                      " devices here is 1, and the first is \"" + kind() + ":0\".");
  CHECK(config::device() == kind() + ":0");
}

TEST_CASE("A kind of device that LibTorch was built without is refused with what to do", "[utils][device][errors]") {
  const std::string without_cuda = "The LibTorch that this program runs on was built without cuda support: link one "
                                   "that has it, or stay on \"cpu\".";
  CHECK(refused("meta") == kExpected + "\"meta\". Tensors there have no values.");
  if (!at::hasCUDA()) {
    CHECK(refused("cuda") == kExpected + "\"cuda\". " + without_cuda);
    CHECK(refused("cuda:7") == kExpected + "\"cuda:7\". " + without_cuda);
  } else if (torch::cuda::device_count() == 0) {
    CHECK_THAT(refused("cuda"), ContainsSubstring("No cuda device is visible: check its driver"));
  }
  CHECK(config::device() == "cpu");
}

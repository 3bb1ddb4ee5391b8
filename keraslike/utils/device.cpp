#include "keraslike/utils/device.h"

#include <atomic>
#include <exception>
#include <optional>

#include <c10/core/impl/DeviceGuardImplInterface.h>

#include "keraslike/utils/errors.h"
#include "keraslike/utils/torch_device.h"

namespace keraslike {

namespace {

std::atomic<at::Device> chosen_device{at::Device(at::kCPU)};

[[noreturn]] void refuse_device(const std::string& given, const std::string& reason) {
  constexpr size_t kMostCharacters = 60;
  const std::string shown = given.size() > kMostCharacters ? given.substr(0, kMostCharacters) + "..." : given;
  throw ValueError("set_device expects \"cpu\", or the name of another device that LibTorch can compute on here, such "
                   "as \"cuda\" or \"cuda:1\". Received: device=\"{}\". {}", shown, reason);
}

std::optional<at::Device> parsed_device(const std::string& name) {
  try {
    return at::Device(name);
  } catch (const std::exception&) {  // c10::Error, or std::out_of_range from the number
    return std::nullopt;
  }
}

// How many there are of a kind; none where LibTorch was built without it, and so has no guard for it.
std::optional<int64_t> count_of(at::DeviceType type) {
  if (!c10::impl::hasDeviceGuardImpl(type)) return std::nullopt;
  return c10::impl::getDeviceGuardImpl(type)->deviceCount();
}

at::Device found_device(const std::string& name) {
  const auto device = parsed_device(name);
  if (!device) refuse_device(name, "That names no device of LibTorch's.");
  if (device->is_cpu()) {
    if (device->has_index() && device->index() > 0) refuse_device(name, "There is one CPU, \"cpu\".");
    return at::Device(at::kCPU);
  }
  if (device->is_meta()) refuse_device(name, "Tensors there have no values.");
  const std::string kind = at::DeviceTypeName(device->type(), /*lower_case=*/true);
  const auto count = count_of(device->type());
  if (!count) {
    refuse_device(name, fmt::format("The LibTorch that this program runs on was built without {} support: link one "
                                    "that has it, or stay on \"cpu\".", kind));
  }
  if (*count == 0) {
    refuse_device(name, fmt::format("No {} device is visible: check its driver, and that the environment (such as "
                                    "CUDA_VISIBLE_DEVICES) hides none; or stay on \"cpu\".", kind));
  }
  const int64_t index = device->has_index() ? device->index() : 0;
  if (index < *count) return {device->type(), static_cast<at::DeviceIndex>(index)};
  refuse_device(name, fmt::format("The number of {0} devices here is {1}, and the first is \"{0}:0\".", kind, *count));
}

}  // namespace

namespace utils {

at::Device configured_device() { return chosen_device; }

}  // namespace utils

namespace config {

void set_device(const std::string& device) { chosen_device = found_device(device); }

std::string device() { return utils::configured_device().str(); }

}  // namespace config
}  // namespace keraslike

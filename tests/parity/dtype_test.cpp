// The models of one layer that Keras wrote in float32, in other types.

#include <algorithm>
#include <filesystem>

#include "keraslike/keraslike.h"
#include "keraslike/saving/files.h"
#include "keraslike/saving/zip_file.h"
#include "keraslike/torch.h"
#include "parity/case.h"
#include "parity/own_cells.h"

#include "support/catch.h"

using namespace keraslike;

namespace {

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// The file with another policy for all its layers.
std::string with_policy(const std::string& name, const std::string& policy) {
  const saving::ZipReader file((parity::folder(name) / "model.keras").string());
  saving::ZipWriter copy(name);
  for (const auto& member : file.names()) {
    std::string bytes = file.read(member);
    if (member == "config.json") replace_all(bytes, R"({"name": "float32"})", R"({"name": ")" + policy + R"("})");
    copy.add(member, std::move(bytes));
  }
  const std::string path = (std::filesystem::temp_directory_path() / "keraslike_dtype_test.keras").string();
  saving::write_file(path, copy.finish());
  return path;
}

Array predicted(const std::string& name, const std::string& policy) {
  Model model = models::load_model(with_policy(name, policy),
                                   {.custom_objects = parity::own_cells(), .compile = false});
  const Array x = data::load_npy((parity::folder(name) / "x0.npy").string());
  return model.predict(x, {.verbose = 0});
}

bool has_one_input(const std::string& name) { return !std::filesystem::exists(parity::folder(name) / "x1.npy"); }

double largest(const Array& array) { return array.tensor().to(at::kDouble).abs().max().item<double>(); }

double difference(const Array& a, const Array& b) {
  return (a.tensor().to(at::kDouble) - b.tensor().to(at::kDouble)).abs().max().item<double>();
}

}  // namespace

TEST_CASE("Every kind of layer computes in float64 what it does in float32", "[parity][dtype]") {
  for (const auto& name : parity::all_layers()) {
    if (!has_one_input(name)) continue;
    INFO(name);
    const Array want = predicted(name, "float32");

    const Array got = predicted(name, "float64");

    CHECK(difference(got, want) <= 1e-4 * std::max(1.0, largest(want)));
  }
}

// LibTorch lacks some operations of 16 bits on the CPU, 1.13 more than 2.13: that is an error that names the layer and
// the type.
TEST_CASE("Every kind of layer runs with a mixed policy", "[parity][dtype]") {
  for (const auto& name : parity::all_layers()) {
    if (!has_one_input(name)) continue;
    INFO(name);
    const Array want = predicted(name, "float32");
    try {
      const Array got = predicted(name, "mixed_bfloat16");

      CHECK(got.shape() == want.shape());
      CHECK(difference(got, want) <= 0.1 * std::max(1.0, largest(want)));
    } catch (const ValueError& error) {
      CHECK_THAT(error.what(), ContainsSubstring("when calling layer") && ContainsSubstring("BFloat16"));
    }
  }
}

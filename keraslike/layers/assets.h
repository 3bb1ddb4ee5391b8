#pragma once

// For sources.

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

namespace keraslike::layers {

// What files hold of a layer beside its weights, by name: values that stand among its variables ("idf_weights"), and
// files of its own ("vocabulary.txt").
struct Assets {
  std::vector<std::pair<std::string, at::Tensor>> variables;
  std::vector<std::pair<std::string, std::string>> files;
};

// Gives one of either, where the file has it.
struct AssetSource {
  std::function<std::optional<at::Tensor>(const std::string& name)> variable;
  std::function<std::optional<std::string>(const std::string& name)> file;
};

// A layer that has some.
class HasAssets {
 public:
  virtual ~HasAssets() = default;
  virtual Assets assets() const = 0;
  virtual void load_assets(const AssetSource& source) = 0;
};

}  // namespace keraslike::layers

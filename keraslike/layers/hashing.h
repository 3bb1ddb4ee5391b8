#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "keraslike/data/array.h"
#include "keraslike/data/strings.h"
#include "keraslike/layers/layer.h"
#include "keraslike/utils/none.h"

// Categories without a vocabulary: the hash of a value says its place. The hashes are TensorFlow's and never change.
// Texts come as Strings, or in a model through an Input of dtype "string".
namespace keraslike::layers {

// Two numbers that a hash begins with, or one that stands for both: `.salt = 133`, `.salt = {133, 137}`.
struct Salt {
  Salt(None) {}                                                   // NOLINT: implicit by design
  Salt(int64_t both) : keys(Extent<2>(both)) {}                   // NOLINT
  Salt(int64_t first, int64_t second) : keys(Extent<2>(first, second)) {}

  std::optional<Extent<2>> keys;
};

// `mask_value`, a number or a text, goes to bin 0 and leaves the others to the rest. Without `salt` hashes are
// FarmHash's Fingerprint64, with it SipHash-2-4. `output_mode` is "int", "one_hot", "multi_hot" or "count". `sparse`
// true throws.
struct HashingOptions {
  std::variant<None, int64_t, std::string> mask_value = none;
  Salt salt = none;
  std::string output_mode = "int";
  bool sparse = false;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// A bin in [0, num_bins) for each value, of int64; or a vector of bins as CategoryEncoding gives them. Numbers are
// brought to integers, and hashed as their digits.
class Hashing : public Layer {
 public:
  explicit Hashing(int64_t num_bins, HashingOptions options = {});

  Array operator()(const Strings& values) const;

  // On tensors, in a graph or with values.
  template <class Tensor>
    requires std::invocable<const Layer&, const Tensor&>
  auto operator()(const Tensor& tensor) const {
    return Layer::operator()(tensor);
  }
};

// `output_mode` is "int" or "one_hot". `sparse` true throws.
struct HashedCrossingOptions {
  std::string output_mode = "int";
  bool sparse = false;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// One value of several features that are crossed.
using Feature = std::variant<Array, Strings>;

// A bin in [0, num_bins) for each combination of two or more features of integers or texts, all of shape (batch,) or
// all of (batch, 1): `HashedCrossing(5)({Array{1, 2}, Strings{"a", "b"}})`.
class HashedCrossing : public Layer {
 public:
  explicit HashedCrossing(int64_t num_bins, HashedCrossingOptions options = {});

  using Layer::operator();
  Array operator()(const std::vector<Feature>& features) const;
};

}  // namespace keraslike::layers

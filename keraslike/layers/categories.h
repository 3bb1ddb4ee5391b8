#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keraslike/data/array.h"
#include "keraslike/data/data.h"
#include "keraslike/layers/layer.h"

// Numbers become categories: bins, and vectors with a place for each. `output_mode` is "int" for the category itself,
// "one_hot" for a vector per number, "multi_hot" for one per row that marks the categories in it, "count" for one that
// counts them. These layers have no weights; no gradient flows through them.
namespace keraslike::layers {

// Either `bin_boundaries`, or `num_bins` for `adapt` to find them. `sparse` is for other backends of Keras; true
// throws.
struct DiscretizationOptions {
  std::vector<double> bin_boundaries = {};
  std::optional<int64_t> num_bins = {};
  double epsilon = 0.01;  // how far off a quantile may be, as a share of the rows
  std::string output_mode = "int";
  bool sparse = false;
  std::optional<Shape> input_shape = {};
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// The number of the bin that each value falls into: `{0, 1, 2}` has the bins (-inf, 0), [0, 1), [1, 2), [2, inf). "int"
// gives int32.
class Discretization : public Layer {
 public:
  explicit Discretization(DiscretizationOptions options);

  // Finds boundaries between bins that hold about as many of these values each, in place of those it found before.
  // Several arrays are taken one after the other, which saves memory and costs some of `epsilon`.
  void adapt(const Data& data) const;

  // Empty before `adapt`.
  std::vector<double> bin_boundaries() const;
};

struct CategoryEncodingOptions {
  std::string output_mode = "multi_hot";
  bool sparse = false;  // true throws
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Integers in [0, num_tokens) as vectors: (batch, count) -> (batch, num_tokens), or with "one_hot" (batch, count,
// num_tokens). Negative ones leave no trace; greater ones throw ValueError.
class CategoryEncoding : public Layer {
 public:
  explicit CategoryEncoding(int64_t num_tokens, CategoryEncodingOptions options = {});

  using Layer::operator();

  // Adds up weights in place of counting; for "count".
  Array operator()(const Data& inputs, const Data& count_weights) const;
};

}  // namespace keraslike::layers

#include "keraslike/layers/encoding.h"

#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <fmt/ranges.h>

#include "keraslike/utils/errors.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::layers {

namespace {

bool has_room(const Shape& categories) { return categories.rank() > 1 && categories.back() == 1; }

// Along the last axis, which becomes one of `depth` places.
at::Tensor summed(const at::Tensor& categories, int64_t depth, const at::Tensor& weights) {
  const at::Tensor known = (categories >= 0).logical_and(categories < depth);
  const at::Tensor places = categories.clamp(0, depth - 1);
  const at::Tensor amounts = weights.defined() ? weights * known : known.to(at::kFloat);
  std::vector<int64_t> shape = categories.sizes().vec();
  shape.back() = depth;
  return at::zeros(shape, amounts.options()).scatter_add(-1, places, amounts);
}

}  // namespace

void check_choice(const std::string& argument, const std::string& value, const std::vector<std::string>& known,
                  const std::string& caller) {
  if (std::find(known.begin(), known.end(), value) != known.end()) return;
  throw ValueError("Unknown value for `{0}` argument of {1}. Allowed values are: ('{2}'). Received: {0}={3}", argument,
                   caller, fmt::to_string(fmt::join(known, "', '")), value);
}

void refuse_sparse(bool sparse, const std::string& output_mode, const std::string& caller) {
  if (!sparse) return;
  if (output_mode == "int") {
    throw ValueError("`sparse` may only be true if `output_mode` is `'one_hot'`, `'multi_hot'`, or `'count'`. "
                     "Received: sparse=True and output_mode={}", output_mode);
  }
  throw ValueError("`sparse=True` can only be used with Keras' TensorFlow and JAX backends: layers have no sparse "
                   "tensors here. Leave it out for {}, and the output is dense.", caller);
}

void check_encoding_dtype(const DTypePolicy& policy, const std::string& output_mode, const std::string& caller) {
  const DType dtype = policy.compute_dtype();
  const bool fits = output_mode == "int" ? dtype == DType::Int32 || dtype == DType::Int64 : is_floating(dtype);
  if (fits) return;
  throw ValueError("{} expects dtype 'int32' or 'int64' where `output_mode` is 'int', and one of floats otherwise. "
                   "Received: dtype='{}' and output_mode='{}'", caller, policy.name(), output_mode);
}

at::Tensor encoded(const at::Tensor& categories, const std::string& output_mode, int64_t depth, int64_t sample_axis,
                   const at::Tensor& weights) {
  at::Tensor samples = categories.to(at::kLong);
  if (samples.dim() == 0) samples = samples.unsqueeze(-1);
  if (output_mode == "one_hot") {
    return summed(has_room(utils::shape_of(samples)) ? samples : samples.unsqueeze(-1), depth, {});
  }
  const at::Tensor sums = summed(samples.movedim(sample_axis, -1), depth, weights);
  return output_mode == "count" ? sums : (sums > 0).to(at::kFloat);
}

Shape encoded_shape(const Shape& categories, const std::string& output_mode, int64_t depth, int64_t sample_axis) {
  if (output_mode == "int") return categories;
  if (categories.empty()) return {depth};
  Shape shape = categories;
  if (output_mode == "one_hot") {
    if (has_room(categories)) shape.pop_back();
  } else {
    shape.erase(sample_axis < 0 ? shape.end() + sample_axis : shape.begin() + sample_axis);
  }
  shape.push_back(depth);
  return shape;
}

}  // namespace keraslike::layers

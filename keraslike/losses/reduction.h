#pragma once

// How values per sample become one number. For sources: the training loop and metrics use these too.

#include <string>
#include <utility>

#include <ATen/core/Tensor.h>

#include "keraslike/utils/shape.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::losses {

using TensorPair = std::pair<at::Tensor, at::Tensor>;

using utils::shape_of;

// Keras' rank alignment: where ranks differ by one and the longer ends with 1, that axis is squeezed, or, if the
// shorter has rank 1 and `expand_rank_1`, added to it. Anything else is returned as it came.
TensorPair align(const at::Tensor& a, const at::Tensor& b, bool expand_rank_1 = true);
std::pair<Shape, Shape> align(Shape a, Shape b);

// `weight` with axes of 1 appended until it has the rank of `values`, where its own axes are the first ones of
// `values`: a weight per sample counts for all of the sample's steps. Keras 3.15 sets it against the last axis instead,
// by mistake.
at::Tensor expand_weight(const at::Tensor& weight, const at::Tensor& values);

// One weight from a sample weight and a mask, either of which may be undefined. For mean reductions a valid entry
// weighs total/valid, so that the mean is over valid entries.
at::Tensor apply_mask(const at::Tensor& sample_weight, const at::Tensor& mask, const std::string& reduction,
                      at::ScalarType type);

// The weighted sum or mean of `values`; `sample_weight` and `mask` may be undefined.
at::Tensor reduce(const at::Tensor& values, const at::Tensor& sample_weight, const at::Tensor& mask,
                  const std::string& reduction);

// x / y, and 0 where y is 0, with a gradient that is finite there.
at::Tensor divide_no_nan(const at::Tensor& x, const at::Tensor& y);

}  // namespace keraslike::losses

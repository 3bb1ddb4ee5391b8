#include "keraslike/losses/numeric.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/square.h>

namespace keraslike::losses {

TensorPair as_floats(const at::Tensor& y_true, const at::Tensor& y_pred) {
  const at::Tensor outputs = y_pred.is_floating_point() ? y_pred : y_pred.to(at::kFloat);
  return {y_true.to(outputs.scalar_type()), outputs};
}

TensorPair aligned_floats(const at::Tensor& y_true, const at::Tensor& y_pred) {
  const auto [targets, outputs] = as_floats(y_true, y_pred);
  return align(targets, outputs);
}

at::Tensor maximum(const at::Tensor& x, double least) { return at::maximum(x, at::scalar_tensor(least, x.options())); }

at::Tensor normalize(const at::Tensor& x, int64_t axis) {
  const at::Tensor inverse_norm = at::rsqrt(at::square(x).sum(axis, /*keepdim=*/true));
  return x * at::minimum(inverse_norm, at::scalar_tensor(1.0 / kEpsilon, x.options()));
}

}  // namespace keraslike::losses

#include "keraslike/optimizers/gradients.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/clamp_max.h>
#include <ATen/ops/clamp_min.h>
#include <ATen/ops/reciprocal.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/square.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/sum.h>

namespace keraslike::optimizers {

at::Tensor clip_by_norm(const at::Tensor& gradient, double clipnorm) {
  const at::Tensor norm = at::sqrt(at::sum(at::square(gradient)));
  return gradient * clipnorm / at::clamp_min(norm, clipnorm);
}

at::Tensor clip_by_value(const at::Tensor& gradient, double clipvalue) {
  return at::clamp(gradient, -clipvalue, clipvalue);
}

at::Tensor global_clip_scale(const std::vector<at::Tensor>& gradients, double clipnorm) {
  std::vector<at::Tensor> squares;
  for (const auto& gradient : gradients) squares.push_back(at::sum(at::square(gradient)));
  const at::Tensor norm = at::sqrt(at::sum(at::stack(squares)));
  // Infinity minus infinity is the NaN that says so.
  return at::clamp_max(at::reciprocal(norm), 1.0 / clipnorm) * clipnorm + (norm - norm);
}

}  // namespace keraslike::optimizers

#pragma once

// For sources.

#include <ATen/core/Tensor.h>

namespace keraslike::optimizers {

// Keras computes the scalars of a rule in the weight's own precision, and the last bits of a trajectory depend on it.
// Calls `formula` with a number of that type, `double{}` for float64 weights and `float{}` for all others.
template <class Formula>
double in_precision_of(const at::Tensor& weight, Formula formula) {
  return weight.scalar_type() == at::kDouble ? formula(double{}) : formula(float{});
}

}  // namespace keraslike::optimizers

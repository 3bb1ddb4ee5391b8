#pragma once

// Steps that the formulas of losses and metrics share. For sources.

#include <ATen/core/Tensor.h>

#include "keraslike/losses/reduction.h"
#include "keraslike/utils/epsilon.h"

namespace keraslike::losses {

// Outputs as floating point, and targets in the outputs' type; their ranks aligned.
TensorPair aligned_floats(const at::Tensor& y_true, const at::Tensor& y_pred);

// The same with ranks left alone.
TensorPair as_floats(const at::Tensor& y_true, const at::Tensor& y_pred);

// The greater of each value and `least`. Unlike a clamp, half of the gradient passes where both are equal, as in Keras.
at::Tensor maximum(const at::Tensor& x, double least);

// x scaled to length 1 along the axis.
at::Tensor normalize(const at::Tensor& x, int64_t axis);

}  // namespace keraslike::losses

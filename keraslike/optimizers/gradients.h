#pragma once

// For sources.

#include <vector>

#include <ATen/core/Tensor.h>

namespace keraslike::optimizers {

// The gradient, made so short that its norm is at most `clipnorm`.
at::Tensor clip_by_norm(const at::Tensor& gradient, double clipnorm);

// Each element brought into [-clipvalue, clipvalue].
at::Tensor clip_by_value(const at::Tensor& gradient, double clipvalue);

// What to multiply all gradients by, so that their common norm is at most `clipnorm`; NaN where it is not finite.
at::Tensor global_clip_scale(const std::vector<at::Tensor>& gradients, double clipnorm);

}  // namespace keraslike::optimizers

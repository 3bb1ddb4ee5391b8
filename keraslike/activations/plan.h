#pragma once

// An activation's part of a planned step. For sources.

#include <memory>
#include <string>

#include <ATen/core/Tensor.h>

namespace keraslike::activations {

class ActivationImpl;

// Whether it is Keras' activation of this name, for layers that compute some of them in their own loops.
bool is_named(const ActivationImpl& activation, const std::string& name);

// All tensors have the same shape and are contiguous float32. `y` may be `x`, unless the gradient needs both;
// `x_gradient` may be `y_gradient`.
class PlannedActivation {
 public:
  virtual ~PlannedActivation() = default;

  // Whether `backward` reads `x` as it was before.
  virtual bool keeps_input() const = 0;

  virtual void forward(const at::Tensor& x, at::Tensor& y) = 0;
  virtual void backward(const at::Tensor& x, const at::Tensor& y, const at::Tensor& y_gradient,
                        at::Tensor& x_gradient) = 0;
};

// Any activation that keeps the shape, by LibTorch's autograd.
std::unique_ptr<PlannedActivation> by_autograd(const ActivationImpl& activation, bool training);

}  // namespace keraslike::activations

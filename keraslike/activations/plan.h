#pragma once

// An activation's part of a planned step. For sources.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <ATen/core/Tensor.h>

namespace keraslike::activations {

class ActivationImpl;

// Whether it is Keras' activation of this name, for layers that compute some of them in their own loops.
bool is_named(const ActivationImpl& activation, const std::string& name);

// Loops over memory of an activation whose gradient needs nothing but its result; null where they have nothing to do.
// y may be x, and x_gradient y_gradient.
struct Loops {
  void (*forward)(const float* x, float* y, int64_t count) = nullptr;
  void (*backward)(const float* y, const float* y_gradient, float* x_gradient, int64_t count) = nullptr;
};

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

  // What it is made of, for layers that run it on parts of what they compute. Empty where it looks at more than one
  // value at a time, or is no loop.
  virtual std::optional<Loops> loops() const { return std::nullopt; }
};

// Any activation that keeps the shape, by LibTorch's autograd.
std::unique_ptr<PlannedActivation> by_autograd(const ActivationImpl& activation, bool training);

}  // namespace keraslike::activations

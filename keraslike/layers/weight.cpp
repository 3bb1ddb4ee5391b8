#include "keraslike/layers/weight.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/variable.h>

#include "keraslike/layers/deferred_values.h"

namespace keraslike::layers {

at::Tensor Weight::in_keras_shape(const at::Tensor& alike) const {
  if (stored.empty()) return alike;
  std::vector<int64_t> back(stored.size());
  for (size_t i = 0; i < stored.size(); ++i) back[static_cast<size_t>(stored[i])] = static_cast<int64_t>(i);
  return alike.permute(back);
}

namespace {

// `a` and `b` are those of the weight's `lora`, and the product has Keras' shape.
at::Tensor adapted(const Weight& weight, const at::Tensor& value, const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor product = a.matmul(b) * weight.lora->scale;
  return value + (weight.stored.empty() ? product : product.permute(weight.stored));
}

}  // namespace

at::Tensor Weight::effective() const {
  return lora ? adapted(*this, value(), lora->a->value(), lora->b->value()) : value();
}

// In place of a copy into it, which would count as a change to what an earlier call keeps for its gradients.
void Weight::cast() const {
  if (!computed.defined()) return;
  const bool has_gradient = at::GradMode::is_enabled();
  const c10::InferenceMode with_graph(false);
  const at::AutoGradMode grad_mode(has_gradient);
  const at::Tensor now = tensor.to(computed.scalar_type());
  computed.set_data(now.detach());
  torch::autograd::impl::set_gradient_edge(computed, torch::autograd::impl::gradient_edge(now));
}

at::Tensor Weight::saved() const {
  const at::Tensor now = lora ? adapted(*this, tensor, lora->a->tensor, lora->b->tensor) : tensor;
  return in_keras_shape(now.detach().cpu());
}

void Weight::load(const at::Tensor& values) const {
  fill(*this, values);
  DeferredValues::is_loaded(*this);
  if (!lora) return;
  for (const WeightPtr& part : {lora->a, lora->b}) {
    part->tensor.detach().zero_();
    DeferredValues::is_loaded(*part);
  }
}

}  // namespace keraslike::layers

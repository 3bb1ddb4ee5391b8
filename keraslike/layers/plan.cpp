#include "keraslike/layers/plan.h"

#include <algorithm>

#include <ATen/ops/zeros.h>

namespace keraslike::layers {

StepPlanner StepPlanner::for_call(Call<PlanTensor> call) const {
  StepPlanner planner = *this;
  planner.call_ = std::move(call);
  return planner;
}

StepPlanner StepPlanner::with_gradients(const Gradients& others) const {
  StepPlanner planner = *this;
  auto gradients = std::make_shared<Gradients>(*gradients_);
  for (const auto& [weight, gradient] : others) (*gradients)[weight] = gradient;
  planner.gradients_ = std::move(gradients);
  return planner;
}

at::Tensor StepPlanner::buffer(at::IntArrayRef sizes) const { return buffer(sizes, at::kFloat); }
at::Tensor StepPlanner::buffer(at::IntArrayRef sizes, at::ScalarType dtype) const { return at::zeros(sizes, dtype); }

PlanTensor StepPlanner::output(at::IntArrayRef sizes, const PlanTensors& inputs,
                               const std::vector<at::Tensor>& weights) const {
  const bool has_gradient =
      std::any_of(inputs.begin(), inputs.end(), [](const PlanTensor& input) { return input.gradient.defined(); }) ||
      std::any_of(weights.begin(), weights.end(), [&](const at::Tensor& weight) { return gradient_of(weight).defined(); });
  return {buffer(sizes), has_gradient ? buffer(sizes) : at::Tensor()};
}

at::Tensor StepPlanner::gradient_of(const at::Tensor& weight) const {
  const auto found = weight.defined() ? gradients_->find(weight.unsafeGetTensorImpl()) : gradients_->end();
  return found == gradients_->end() ? at::Tensor() : found->second;
}

PlannedLayer planned_view(const PlanTensor& input, at::IntArrayRef sizes) {
  return {{{input.value.view(sizes), input.gradient.defined() ? input.gradient.view(sizes) : at::Tensor()}}, nullptr};
}

std::optional<PlannedLayer> for_any_call(std::optional<PlannedLayer> planned) {
  if (planned) planned->fits_any_call = true;
  return planned;
}

}  // namespace keraslike::layers

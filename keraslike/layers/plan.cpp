#include "keraslike/layers/plan.h"

#include <algorithm>
#include <ranges>

#include <ATen/ops/zeros.h>

#include "keraslike/layers/layer_impl.h"

namespace keraslike::layers {

namespace {

class Chain final : public PlannedStep {
 public:
  explicit Chain(std::vector<std::unique_ptr<PlannedStep>> steps) : steps_(std::move(steps)) {}

  void forward() override {
    for (const auto& step : steps_) step->forward();
  }
  void backward() override {
    for (const auto& step : std::views::reverse(steps_)) step->backward();
  }

 private:
  std::vector<std::unique_ptr<PlannedStep>> steps_;
};

}  // namespace

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
  const auto found = weight.defined() ? gradients_.find(weight.unsafeGetTensorImpl()) : gradients_.end();
  return found == gradients_.end() ? at::Tensor() : found->second;
}

PlannedLayer planned_view(const PlanTensor& input, at::IntArrayRef sizes) {
  return {{{input.value.view(sizes), input.gradient.defined() ? input.gradient.view(sizes) : at::Tensor()}}, nullptr};
}

std::optional<PlannedLayer> planned_chain(const std::vector<Layer>& layers, const StepPlanner& planner,
                                          const PlanTensors& inputs) {
  PlanTensors tensors = inputs;
  std::vector<std::unique_ptr<PlannedStep>> steps;
  for (const Layer& layer : layers) {
    auto planned = layer->planned(planner, tensors);
    if (!planned) return std::nullopt;
    tensors = std::move(planned->outputs);
    if (planned->step) steps.push_back(std::move(planned->step));
  }
  return PlannedLayer{std::move(tensors), std::make_unique<Chain>(std::move(steps))};
}

}  // namespace keraslike::layers

#include "keraslike/layers/planned_steps.h"

#include <ranges>
#include <utility>

#include "keraslike/activations/plan.h"

namespace keraslike::layers {

namespace {

using activations::PlannedActivation;

class OfFunctions final : public PlannedStep {
 public:
  OfFunctions(std::function<void()> forward, std::function<void()> backward)
      : forward_(std::move(forward)), backward_(std::move(backward)) {}

  void forward() override { forward_(); }
  void backward() override { backward_(); }

 private:
  std::function<void()> forward_;
  std::function<void()> backward_;
};

class ActivationStep final : public PlannedStep {
 public:
  // Holds the activation as well, which the planned one may refer to.
  ActivationStep(activations::Activation of, std::unique_ptr<PlannedActivation> planned, PlanTensor input,
                 PlanTensor output)
      : of_(std::move(of)), activation_(std::move(planned)), input_(std::move(input)), output_(std::move(output)) {}

  void forward() override { activation_->forward(input_.value, output_.value); }
  void backward() override {
    if (!input_.gradient.defined()) return;
    activation_->backward(input_.value, output_.value, output_.gradient, input_.gradient);
  }

 private:
  activations::Activation of_;
  std::unique_ptr<PlannedActivation> activation_;
  PlanTensor input_;
  PlanTensor output_;
};

class InOrder final : public PlannedStep {
 public:
  explicit InOrder(std::vector<std::unique_ptr<PlannedStep>> steps) : steps_(std::move(steps)) {}

  void forward() override {
    for (const auto& step : steps_) {
      if (step) step->forward();
    }
  }
  void backward() override {
    for (const auto& step : std::views::reverse(steps_)) {
      if (step) step->backward();
    }
  }
  float penalty() const override {
    float total = 0.0F;
    for (const auto& step : steps_) total += step ? step->penalty() : 0.0F;
    return total;
  }

 private:
  std::vector<std::unique_ptr<PlannedStep>> steps_;
};

}  // namespace

std::optional<PlannedLayer> planned_activation(const activations::Activation& activation, const StepPlanner& planner,
                                               const PlanTensor& input) {
  auto planned = activation->plan(planner.training());
  if (!planned) return std::nullopt;
  const PlanTensor output = planner.output(input.value.sizes(), {input});
  return PlannedLayer{{output}, std::make_unique<ActivationStep>(activation, std::move(planned), input, output)};
}

std::optional<PlannedLayer> planned_with_activation(const activations::Activation& activation,
                                                    const StepPlanner& planner, const PlanTensor& output,
                                                    const MakeStep& make) {
  auto planned = activation->plan(planner.training());
  if (!planned) return std::nullopt;
  PlanTensor before = output;
  if (planned->keeps_input() && planner.training()) before.value = planner.buffer(output.value.sizes());
  std::vector<std::unique_ptr<PlannedStep>> steps;
  steps.push_back(make(before));
  steps.push_back(std::make_unique<ActivationStep>(activation, std::move(planned), before, output));
  return PlannedLayer{{output}, in_order(std::move(steps))};
}

PlannedLayer planned_by_view(const StepPlanner& planner, const PlanTensor& input,
                             const std::function<at::Tensor(const at::Tensor&)>& view) {
  const at::Tensor from = view(input.value);
  const PlanTensor output = planner.output(from.sizes(), {input});
  const auto forward = [=] { output.value.copy_(from); };
  if (!input.gradient.defined()) return {{output}, planned_step(forward, [] {})};
  const at::Tensor to = view(input.gradient);
  return {{output}, planned_step(forward, [=] {
            if (to.numel() < input.gradient.numel()) input.gradient.zero_();
            to.copy_(output.gradient);
          })};
}

std::unique_ptr<PlannedStep> in_order(std::vector<std::unique_ptr<PlannedStep>> steps) {
  return std::make_unique<InOrder>(std::move(steps));
}

std::unique_ptr<PlannedStep> planned_step(std::function<void()> forward, std::function<void()> backward) {
  return std::make_unique<OfFunctions>(std::move(forward), std::move(backward));
}

}  // namespace keraslike::layers

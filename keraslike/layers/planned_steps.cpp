#include "keraslike/layers/planned_steps.h"

#include <utility>

#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>

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

class TwoSteps final : public PlannedStep {
 public:
  TwoSteps(std::unique_ptr<PlannedStep> first, std::unique_ptr<PlannedStep> second)
      : first_(std::move(first)), second_(std::move(second)) {}

  void forward() override {
    first_->forward();
    second_->forward();
  }
  void backward() override {
    second_->backward();
    first_->backward();
  }

 private:
  std::unique_ptr<PlannedStep> first_;
  std::unique_ptr<PlannedStep> second_;
};

class ByAutograd final : public PlannedStep {
 public:
  ByAutograd(LayerImpl& layer, const StepPlanner& planner, PlanTensors inputs, PlanTensor output)
      : layer_(layer), training_(planner.training()), inputs_(std::move(inputs)), output_(std::move(output)) {
    for (const auto& weight : layer.trainable_weights()) {
      const at::Tensor gradient = planner.gradient_of(weight->tensor);
      if (!gradient.defined()) continue;
      weights_.push_back(weight->tensor);
      gradients_.push_back(gradient);
    }
    for (const auto& input : inputs_) {
      if (input.gradient.defined()) gradients_.push_back(input.gradient);
    }
  }

  void forward() override {
    const c10::InferenceMode with_graph(false);
    const at::AutoGradMode grad_mode(training_);
    leaves_ = weights_;
    Values values;
    for (const auto& input : inputs_) {
      values.push_back({input.value.detach().requires_grad_(input.gradient.defined())});
      if (input.gradient.defined()) leaves_.push_back(values.back().tensor);
    }
    result_ = layer_.call_all(Call<Value>(std::move(values)), {.training = training_}).front().tensor;
    output_.value.copy_(result_.detach());
    if (!training_) forget();
  }

  void backward() override {
    if (gradients_.empty()) return;
    const c10::InferenceMode with_graph(false);
    const auto found = torch::autograd::grad({result_}, leaves_, {output_.gradient}, /*retain_graph=*/false,
                                             /*create_graph=*/false, /*allow_unused=*/true);
    for (size_t i = 0; i < found.size(); ++i) {
      if (found[i].defined()) {
        gradients_[i].copy_(found[i]);
      } else {
        gradients_[i].zero_();
      }
    }
    forget();
  }

 private:
  void forget() {
    result_ = at::Tensor();
    leaves_.clear();
  }

  LayerImpl& layer_;
  bool training_;
  PlanTensors inputs_;
  PlanTensor output_;
  std::vector<at::Tensor> weights_;
  std::vector<at::Tensor> gradients_;  // of these, then of the inputs
  std::vector<at::Tensor> leaves_;     // of the graph of one step, in the same order
  at::Tensor result_;
};

}  // namespace

PlannedLayer planned_by_autograd(LayerImpl& layer, const StepPlanner& planner, const PlanTensors& inputs) {
  std::vector<TensorSpec> specs;
  for (const auto& input : inputs) specs.push_back({Shape(input.value.sizes().begin(), input.value.sizes().end())});
  std::vector<at::Tensor> weights;
  for (const auto& weight : layer.trainable_weights()) weights.push_back(weight->tensor);
  const Shape sizes = layer.output_specs(Call<TensorSpec>(std::move(specs))).front().shape;
  const PlanTensor output = planner.output(sizes, inputs, weights);
  return {{output}, std::make_unique<ByAutograd>(layer, planner, inputs, output)};
}

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
  auto own = make(before);
  auto after = std::make_unique<ActivationStep>(activation, std::move(planned), before, output);
  return PlannedLayer{{output}, std::make_unique<TwoSteps>(std::move(own), std::move(after))};
}

std::unique_ptr<PlannedStep> planned_step(std::function<void()> forward, std::function<void()> backward) {
  return std::make_unique<OfFunctions>(std::move(forward), std::move(backward));
}

}  // namespace keraslike::layers

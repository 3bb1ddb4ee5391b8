#include "keraslike/layers/convolution_plan.h"

#include <algorithm>

#include "keraslike/layers/window_products.h"

namespace keraslike::layers {

namespace {

class ConvolutionStep final : public ConvolvingStep {
 public:
  ConvolutionStep(const StepPlanner& planner, const PlanTensor& input, const PlanTensor& output, bool relu,
                  const ConvolutionForm& form, const ConvolutionParts& parts)
      : ConvolvingStep(planner, input, output, relu, parts), outputs_(form, WindowProduct::To::Outputs) {
    if (input.gradient.defined()) inputs_.emplace(form, WindowProduct::To::Inputs);
    if (kernel_gradient_.defined()) sums_.emplace(form, outputs_.sights());
  }

  void forward() override {
    outputs_.look_at(numbers(input_.value));
    outputs_.run(numbers(kernel_), numbers(bias_), relu_, numbers(output_.value));
  }

 private:
  void run_backward() override {
    const float* const gradient = numbers(output_.gradient);
    if (sums_) sums_->run(outputs_.source(), gradient, numbers(kernel_gradient_));
    if (!inputs_) return;
    inputs_->look_at(gradient);
    inputs_->run(numbers(kernel_), nullptr, /*relu=*/false, numbers(input_.gradient));
  }

  WindowProduct outputs_;
  std::optional<WindowProduct> inputs_;
  std::optional<KernelGradient> sums_;
};

class TransposedStep final : public ConvolvingStep {
 public:
  TransposedStep(const StepPlanner& planner, const PlanTensor& input, const PlanTensor& output, bool relu,
                 const ConvolutionForm& form, const ConvolutionParts& parts)
      : ConvolvingStep(planner, input, output, relu, parts), inputs_(form, WindowProduct::To::Inputs) {
    if (input.gradient.defined() || kernel_gradient_.defined()) outputs_.emplace(form, WindowProduct::To::Outputs);
    if (kernel_gradient_.defined()) sums_.emplace(form, outputs_->sights());
  }

  void forward() override {
    inputs_.look_at(numbers(input_.value));
    inputs_.run(numbers(kernel_), numbers(bias_), relu_, numbers(output_.value));
  }

 private:
  void run_backward() override {
    if (!outputs_) return;
    outputs_->look_at(numbers(output_.gradient));
    if (sums_) sums_->run(outputs_->source(), numbers(input_.value), numbers(kernel_gradient_));
    if (!input_.gradient.defined()) return;
    outputs_->run(numbers(kernel_), nullptr, /*relu=*/false, numbers(input_.gradient));
  }

  WindowProduct inputs_;
  std::optional<WindowProduct> outputs_;
  std::optional<KernelGradient> sums_;
};

template <class Step>
std::optional<PlannedLayer> planned_by_products(const StepPlanner& planner, const PlanTensor& input,
                                                const Shape& output, const ConvolutionForm& form,
                                                const ConvolutionParts& parts) {
  // A group's filters are computed in whole vectors.
  constexpr int64_t kLeastFilters = 8;
  if (utils::windows::table() == nullptr) return std::nullopt;
  if (form.groups > 1 && std::min(form.filters_of_group(), form.channels_of_group()) < kLeastFilters) {
    return std::nullopt;
  }
  const PlanTensor result = planner.output(output, {input}, {parts.kernel, parts.bias});
  return planned_with_relu(parts.activation, planner, result, [&](const PlanTensor& before, bool relu) {
    return std::make_unique<Step>(planner, input, before, relu, form, parts);
  });
}

}  // namespace

std::optional<PlannedLayer> planned_convolution(const StepPlanner& planner, const PlanTensor& input,
                                                const Shape& output, const ConvolutionForm& form,
                                                const ConvolutionParts& parts) {
  return planned_by_products<ConvolutionStep>(planner, input, output, form, parts);
}

std::optional<PlannedLayer> planned_transposed_convolution(const StepPlanner& planner, const PlanTensor& input,
                                                           const Shape& output, const ConvolutionForm& form,
                                                           const ConvolutionParts& parts) {
  return planned_by_products<TransposedStep>(planner, input, output, form, parts);
}

}  // namespace keraslike::layers

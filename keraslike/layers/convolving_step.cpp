#include "keraslike/layers/convolving_step.h"

#include "keraslike/activations/plan.h"
#include "keraslike/layers/planned_steps.h"

namespace keraslike::layers {

OutputGradient::OutputGradient(const PlanTensor& output, bool relu, const at::Tensor& bias_gradient)
    : output_(output),
      relu_(relu),
      bias_gradient_(bias_gradient),
      width_(output.value.size(-1)),
      rows_(output.value.numel() / width_),
      sums_(rows_, width_) {}

void OutputGradient::run() {
  const float* const y = numbers(output_.value);
  float* const gradient = numbers(output_.gradient);
  const auto cut = [&](int64_t first, int64_t count) {
    float* const rows = gradient + first * width_;
    if (relu_) utils::kernels::relu_backward(y + first * width_, rows, rows, count * width_);
    return rows;
  };
  if (bias_gradient_.defined()) {
    return sums_.run(numbers(bias_gradient_), [&](int64_t first, int64_t count, float* sum) {
      utils::kernels::sum_rows(cut(first, count), sum, count, width_);
    });
  }
  if (!relu_) return;
  share_out(rows_, rows_ * width_, 1, [&](int64_t begin, int64_t end) { cut(begin, end - begin); });
}

ConvolvingStep::ConvolvingStep(const StepPlanner& planner, const PlanTensor& input, const PlanTensor& output, bool relu,
                               const ConvolutionParts& parts)
    : kernel_(parts.kernel.detach()),
      bias_(parts.bias.defined() ? parts.bias.detach() : at::Tensor()),
      kernel_gradient_(planner.gradient_of(parts.kernel)),
      input_(input),
      output_(output),
      relu_(relu),
      output_gradient_(output, relu, planner.gradient_of(parts.bias)) {}

void ConvolvingStep::backward() {
  if (!output_.gradient.defined()) return;
  output_gradient_.run();
  run_backward();
}

std::optional<PlannedLayer> planned_with_relu(const activations::Activation& activation, const StepPlanner& planner,
                                              const PlanTensor& output, const MakeWithRelu& make) {
  if (activations::is_named(*activation, "relu")) return PlannedLayer{{output}, make(output, true)};
  return planned_with_activation(activation, planner, output,
                                 [&](const PlanTensor& before) { return make(before, false); });
}

}  // namespace keraslike::layers

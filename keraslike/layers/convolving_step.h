#pragma once

// What the steps of all convolutions share. For sources.

#include <functional>
#include <memory>
#include <optional>

#include "keraslike/activations/activation.h"
#include "keraslike/layers/plan.h"
#include "keraslike/layers/row_sums.h"

namespace keraslike::layers {

// A layer's weights as it stores them, and its activation. The bias may be undefined.
struct ConvolutionParts {
  at::Tensor kernel;
  at::Tensor bias;
  const activations::Activation& activation;
};

// A buffer's numbers; null where it is undefined.
inline float* numbers(const at::Tensor& tensor) { return tensor.defined() ? tensor.data_ptr<float>() : nullptr; }

// The gradient of what a layer computed before its relu, and of its bias.
class OutputGradient {
 public:
  OutputGradient(const PlanTensor& output, bool relu, const at::Tensor& bias_gradient);

  // Leaves out of the output's gradient what the relu has cut, and sums up the bias'.
  void run();

 private:
  PlanTensor output_;
  bool relu_;
  at::Tensor bias_gradient_;
  int64_t width_, rows_;
  RowSums sums_;
};

class ConvolvingStep : public PlannedStep {
 public:
  ConvolvingStep(const StepPlanner& planner, const PlanTensor& input, const PlanTensor& output, bool relu,
                 const ConvolutionParts& parts);

  void backward() final;

 protected:
  // From the gradient of what was computed before the activation.
  virtual void run_backward() = 0;

  at::Tensor kernel_, bias_, kernel_gradient_;
  PlanTensor input_, output_;
  bool relu_;

 private:
  OutputGradient output_gradient_;
};

// A layer whose own step can take a relu along; `make(output, relu)` gives the step.
using MakeWithRelu = std::function<std::unique_ptr<PlannedStep>(const PlanTensor& output, bool relu)>;
std::optional<PlannedLayer> planned_with_relu(const activations::Activation& activation, const StepPlanner& planner,
                                              const PlanTensor& output, const MakeWithRelu& make);

}  // namespace keraslike::layers

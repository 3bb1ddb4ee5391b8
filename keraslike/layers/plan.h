#pragma once

// A layer's part of a planned step: what `call` and autograd do, written as two functions over buffers that were made
// beforehand. For sources.

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include <ATen/core/Tensor.h>

namespace keraslike::layers {

class Layer;

// What passes between layers: a buffer, and one for the loss' gradient by it, which is undefined where nobody needs it.
// Both stay where they are for the plan's life: dense, float32 and contiguous.
struct PlanTensor {
  at::Tensor value;
  at::Tensor gradient;
};
using PlanTensors = std::vector<PlanTensor>;

class PlannedStep {
 public:
  virtual ~PlannedStep() = default;

  // Writes the outputs' values from the inputs' and the weights.
  virtual void forward() = 0;

  // Writes the gradients of the weights and, where it is defined, of the inputs, from the outputs' gradient. That one it
  // may use as scratch: nobody reads it afterwards.
  virtual void backward() = 0;
};

// What a layer gives to a plan. Without a step there is nothing to do: the outputs are views of the inputs.
struct PlannedLayer {
  PlanTensors outputs;
  std::unique_ptr<PlannedStep> step;
};

// What a plan gives to its layers.
class StepPlanner {
 public:
  // Without gradients the plan only predicts. `gradients` has one for each weight that trains.
  StepPlanner() = default;
  explicit StepPlanner(std::unordered_map<const at::TensorImpl*, at::Tensor> gradients)
      : training_(true), gradients_(std::move(gradients)) {}

  bool training() const { return training_; }

  at::Tensor buffer(at::IntArrayRef sizes) const;
  at::Tensor buffer(at::IntArrayRef sizes, at::ScalarType dtype) const;

  // An output: with a gradient if an input has one or one of these weights trains.
  PlanTensor output(at::IntArrayRef sizes, const PlanTensors& inputs, const std::vector<at::Tensor>& weights = {}) const;

  // Where a weight's gradient goes; undefined where it does not train.
  at::Tensor gradient_of(const at::Tensor& weight) const;

 private:
  bool training_ = false;
  std::unordered_map<const at::TensorImpl*, at::Tensor> gradients_;
};

// The same values in another shape.
PlannedLayer planned_view(const PlanTensor& input, at::IntArrayRef sizes);

// Layers one after the other.
std::optional<PlannedLayer> planned_chain(const std::vector<Layer>& layers, const StepPlanner& planner,
                                          const PlanTensors& inputs);

}  // namespace keraslike::layers

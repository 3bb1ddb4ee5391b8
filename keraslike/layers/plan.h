#pragma once

// A layer's part of a planned step: what `call` and autograd do, written as two functions over buffers that were made
// beforehand. For sources.

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <ATen/core/Tensor.h>

#include "keraslike/layers/call.h"
#include "keraslike/utils/shape.h"

namespace keraslike::layers {

class Layer;

// Thrown where a model, or what is asked of it, can not be planned.
struct CanNotPlan {
  std::string reason;
};

// What passes between layers: a buffer, one for the loss' gradient by it, which is undefined where nobody needs it, and
// one that says which steps count, undefined where all do. They stay where they are for the plan's life: dense and
// contiguous, and float32 but for the few layers and operations that make whole numbers.
struct PlanTensor {
  at::Tensor value;
  at::Tensor gradient = {};
  at::Tensor mask = {};

  Shape shape() const { return {value.sizes().begin(), value.sizes().end()}; }
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

  // What the layer adds to the loss, after `forward`; `backward` sees to its gradient.
  virtual float penalty() const { return 0.0F; }
};

// What a layer gives to a plan. Without a step there is nothing to do: the outputs are views of the inputs.
struct PlannedLayer {
  PlanTensors outputs;
  std::unique_ptr<PlannedStep> step;

  // Whether it does right by all of the planner's call: masks, arguments besides the inputs, whole numbers. A layer that
  // does not runs on autograd in such calls. Masks of the outputs come from the layer's `output_masks`.
  bool fits_any_call = false;
};

// What a plan gives to its layers.
class StepPlanner {
 public:
  using Gradients = std::unordered_map<const at::TensorImpl*, at::Tensor>;

  // Without gradients the plan only predicts. `gradients` has one for each weight that trains; penalties count
  // `loss_scale` times in them.
  StepPlanner() = default;
  explicit StepPlanner(Gradients gradients, double loss_scale = 1.0)
      : training_(true), loss_scale_(loss_scale), gradients_(std::make_shared<Gradients>(std::move(gradients))) {}

  bool training() const { return training_; }
  double loss_scale() const { return loss_scale_; }

  // The call of the layer that is planned.
  const Call<PlanTensor>& call() const { return call_; }
  StepPlanner for_call(Call<PlanTensor> call) const;

  // The same with other places for gradients of some weights.
  StepPlanner with_gradients(const Gradients& others) const;

  at::Tensor buffer(at::IntArrayRef sizes) const;
  at::Tensor buffer(at::IntArrayRef sizes, at::ScalarType dtype) const;

  // An output: with a gradient if an input has one or one of these weights trains.
  PlanTensor output(at::IntArrayRef sizes, const PlanTensors& inputs, const std::vector<at::Tensor>& weights = {}) const;

  // Where a weight's gradient goes; undefined where it does not train.
  at::Tensor gradient_of(const at::Tensor& weight) const;

 private:
  bool training_ = false;
  double loss_scale_ = 1.0;
  std::shared_ptr<const Gradients> gradients_ = std::make_shared<Gradients>();
  Call<PlanTensor> call_;
};

// The same values in another shape.
PlannedLayer planned_view(const PlanTensor& input, at::IntArrayRef sizes);

// For a layer that looks at no mask, or sees to it itself, and has no other arguments.
std::optional<PlannedLayer> for_any_call(std::optional<PlannedLayer> planned);

}  // namespace keraslike::layers

#pragma once

// Steps that several layers plan with. For sources.

#include <functional>
#include <memory>
#include <optional>

#include "keraslike/activations/activation.h"
#include "keraslike/layers/layer_impl.h"
#include "keraslike/layers/plan.h"

namespace keraslike::layers {

// An activation on the input. Empty where the activation can not be planned.
std::optional<PlannedLayer> planned_activation(const activations::Activation& activation, const StepPlanner& planner,
                                               const PlanTensor& input);

// A layer's own computation, then its activation: where the gradient allows, both write one buffer. `make` gives the
// step that writes `output.value` and reads `output.gradient`.
using MakeStep = std::function<std::unique_ptr<PlannedStep>(const PlanTensor& output)>;
std::optional<PlannedLayer> planned_with_activation(const activations::Activation& activation, const StepPlanner& planner,
                                                    const PlanTensor& output, const MakeStep& make);

// The layer's own `call`, whatever the planner's call has, and LibTorch's autograd through it alone: for a layer whose
// backward is not written by hand. Its `call` must leave the inputs as they are. Throws CanNotPlan where the shape of an
// output depends on data.
PlannedLayer planned_by_autograd(LayerImpl& layer, const StepPlanner& planner);
inline PlannedLayer planned_by_autograd(LayerImpl& layer, const StepPlanner& planner, const PlanTensors&) {
  return planned_by_autograd(layer, planner);
}

// Gives masks to the outputs, as the layer's `output_masks` says.
void plan_masks(const LayerImpl& layer, const Call<PlanTensor>& call, PlannedLayer& planned);

// One after the other, and back; null ones have nothing to do.
std::unique_ptr<PlannedStep> in_order(std::vector<std::unique_ptr<PlannedStep>> steps);

// A copy of some of the input's values, in another order: `view` gives those of a tensor that has the input's shape.
PlannedLayer planned_by_view(const StepPlanner& planner, const PlanTensor& input,
                             const std::function<at::Tensor(const at::Tensor&)>& view);

// A step made of two functions.
std::unique_ptr<PlannedStep> planned_step(std::function<void()> forward, std::function<void()> backward);

}  // namespace keraslike::layers

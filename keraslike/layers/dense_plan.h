#pragma once

// For sources.

#include <optional>

#include "keraslike/activations/activation.h"
#include "keraslike/layers/plan.h"

namespace keraslike::layers {

// activation(x . kernel + bias) on the rows of `input`, by products into buffers; `kernel` as LibTorch stores it,
// (units, features), and `bias` undefined where there is none. Empty where the activation can not be planned.
std::optional<PlannedLayer> planned_dense(const activations::Activation& activation, const StepPlanner& planner,
                                          const PlanTensor& input, const at::Tensor& kernel, const at::Tensor& bias);

}  // namespace keraslike::layers

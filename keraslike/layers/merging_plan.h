#pragma once

// Planned steps of layers that merge tensors of one shape. For sources.

#include <cstdint>

#include "keraslike/layers/plan.h"

namespace keraslike::layers {

// The sum of all, divided by a number.
PlannedLayer planned_sum(const StepPlanner& planner, const PlanTensors& inputs, double divisor);

// Of two.
PlannedLayer planned_difference(const StepPlanner& planner, const PlanTensors& inputs);
PlannedLayer planned_product(const StepPlanner& planner, const PlanTensors& inputs);

// Side by side along an axis, in which sizes may differ.
PlannedLayer planned_concatenation(const StepPlanner& planner, const PlanTensors& inputs, int64_t axis);

}  // namespace keraslike::layers

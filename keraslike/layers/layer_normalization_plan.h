#pragma once

// LayerNormalization's part of a planned step, over the last axes. For sources.

#include "keraslike/layers/plan.h"

namespace keraslike::layers {

// Rows of `width` numbers; gamma and beta, which may be undefined, have as many.
PlannedLayer planned_layer_normalization(const StepPlanner& planner, const PlanTensor& input, int64_t width,
                                         const at::Tensor& gamma, const at::Tensor& beta, double epsilon);

}  // namespace keraslike::layers

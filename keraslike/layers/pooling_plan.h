#pragma once

// Pooling's part of a planned step, for images whose channels come last. For sources.

#include <optional>

#include "keraslike/layers/plan.h"
#include "keraslike/layers/sights.h"

namespace keraslike::layers {

enum class PoolingKind { Max, Mean };

// The form is that of a convolution with as many groups as channels. Empty where the processor has no loops of
// utils/windows.h, or a window has too many cells.
std::optional<PlannedLayer> planned_pooling(PoolingKind kind, const StepPlanner& planner, const PlanTensor& input,
                                            const Shape& output, const ConvolutionForm& form);

}  // namespace keraslike::layers

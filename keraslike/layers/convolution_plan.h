#pragma once

// A convolution's part of a planned step, for images whose channels come last. For sources.

#include <optional>

#include "keraslike/layers/convolving_step.h"
#include "keraslike/layers/sights.h"

namespace keraslike::layers {

// By the products of utils/windows.h; empty where the processor has none, or where they do not pay. The transposed one
// is of a form that leads from its output to its input.
std::optional<PlannedLayer> planned_convolution(const StepPlanner& planner, const PlanTensor& input,
                                                const Shape& output, const ConvolutionForm& form,
                                                const ConvolutionParts& parts);
std::optional<PlannedLayer> planned_transposed_convolution(const StepPlanner& planner, const PlanTensor& input,
                                                           const Shape& output, const ConvolutionForm& form,
                                                           const ConvolutionParts& parts);

}  // namespace keraslike::layers

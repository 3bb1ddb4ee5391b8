#pragma once

// The part of a planned step of a convolution of each channel by itself, whose channels come last. For sources.

#include <optional>

#include "keraslike/layers/convolution_plan.h"

namespace keraslike::layers {

// The form has as many groups and filters as channels; the kernel is (channels, 1, cells...). Empty where the processor
// has no loops of utils/windows.h.
std::optional<PlannedLayer> planned_depthwise_convolution(const StepPlanner& planner, const PlanTensor& input,
                                                          const Shape& output, const ConvolutionForm& form,
                                                          const ConvolutionParts& parts);

}  // namespace keraslike::layers

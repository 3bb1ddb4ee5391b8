#pragma once

// BatchNormalization's part of a planned step, over the last axis. For sources.

#include "keraslike/layers/plan.h"

namespace keraslike::layers {

// Gamma and beta may be undefined.
struct BatchNormalizationParts {
  at::Tensor gamma;
  at::Tensor beta;
  at::Tensor moving_mean;
  at::Tensor moving_variance;
  double momentum;
  double epsilon;
  bool use_batch;  // its statistics, which the moving ones then follow
};

PlannedLayer planned_batch_normalization(const StepPlanner& planner, const PlanTensor& input,
                                         const BatchNormalizationParts& parts);

// A moving average takes one more value into account.
void follow(const at::Tensor& moving, const at::Tensor& value, double momentum);

}  // namespace keraslike::layers

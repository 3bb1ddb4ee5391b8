#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/optimizers/optimizer.h"

namespace keraslike::optimizers {

struct ScheduleFreeAdamWOptions {
  LearningRate learning_rate = 0.0025;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-8;
  int64_t warmup_steps = 0;
  std::optional<double> weight_decay = {};
  std::optional<double> clipnorm = {};
  std::optional<double> clipvalue = {};
  std::optional<double> global_clipnorm = {};
  bool use_ema = false;
  double ema_momentum = 0.99;
  std::optional<int64_t> ema_overwrite_frequency = {};
  std::optional<double> loss_scale_factor = {};
  std::optional<int64_t> gradient_accumulation_steps = {};
  std::string name = {};
};

// AdamW that needs no schedule (Defazio et al., arXiv:2405.15682). Updates go to one sequence, of which another is the
// average; the weights lie between the two, `beta_1` of the way to the average. During `warmup_steps` the rate grows to
// its full size. As in Keras the average takes no account of the rate, and the weights stay where they lie after
// training.
//
// The numbers are the paper's and those of Keras on JAX. On its other backends Keras reads the first sequence where it
// means to read what it was before the step.
class ScheduleFreeAdamW : public Optimizer {
 public:
  explicit ScheduleFreeAdamW(ScheduleFreeAdamWOptions options = {});
  explicit ScheduleFreeAdamW(LearningRate learning_rate, ScheduleFreeAdamWOptions options = {});
};

}  // namespace keraslike::optimizers

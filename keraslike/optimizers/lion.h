#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/optimizers/optimizer.h"

namespace keraslike::optimizers {

struct LionOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.99;
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

// Moves every weight by the learning rate, in the direction that momentum and gradient agree on. Wants a learning rate
// three to ten times smaller than Adam's.
class Lion : public Optimizer {
 public:
  explicit Lion(LionOptions options = {});
  explicit Lion(LearningRate learning_rate, LionOptions options = {});
};

}  // namespace keraslike::optimizers

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/optimizers/optimizer.h"

namespace keraslike::optimizers {

struct LambOptions {
  LearningRate learning_rate = 0.001;
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-7;
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

// Adam whose step for each weight is as long as the weight itself: for very large batches.
class Lamb : public Optimizer {
 public:
  explicit Lamb(LambOptions options = {});
  explicit Lamb(LearningRate learning_rate, LambOptions options = {});
};

}  // namespace keraslike::optimizers

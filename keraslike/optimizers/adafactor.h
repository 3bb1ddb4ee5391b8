#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/optimizers/optimizer.h"

namespace keraslike::optimizers {

struct AdafactorOptions {
  LearningRate learning_rate = 0.001;
  double beta_2_decay = -0.8;
  double epsilon_1 = 1e-30;
  double epsilon_2 = 1e-3;
  double clip_threshold = 1.0;
  bool relative_step = true;
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

// Adam's average square kept as one row and one column for each matrix: for models that fill the memory.
class Adafactor : public Optimizer {
 public:
  explicit Adafactor(AdafactorOptions options = {});
  explicit Adafactor(LearningRate learning_rate, AdafactorOptions options = {});
};

}  // namespace keraslike::optimizers

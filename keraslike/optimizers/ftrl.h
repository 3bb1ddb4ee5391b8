#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/optimizers/optimizer.h"

namespace keraslike::optimizers {

struct FtrlOptions {
  LearningRate learning_rate = 0.001;
  double learning_rate_power = -0.5;
  double initial_accumulator_value = 0.1;
  double l1_regularization_strength = 0.0;
  double l2_regularization_strength = 0.0;
  double l2_shrinkage_regularization_strength = 0.0;
  double beta = 0.0;
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

// Follow the regularized leader: for large sparse linear models, with l1 and l2 regularization in its rule.
class Ftrl : public Optimizer {
 public:
  explicit Ftrl(FtrlOptions options = {});
  explicit Ftrl(LearningRate learning_rate, FtrlOptions options = {});
};

}  // namespace keraslike::optimizers

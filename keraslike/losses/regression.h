#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/losses/loss.h"
#include "keraslike/losses/options.h"
#include "keraslike/utils/dtype_policy.h"

namespace keraslike::losses {

// The functions give the loss per sample, (batch, ...) from (batch, ..., values); the classes reduce it.

// mean((y_true - y_pred)^2)
at::Tensor mean_squared_error(const at::Tensor& y_true, const at::Tensor& y_pred);

class MeanSquaredError : public Loss {
 public:
  explicit MeanSquaredError(LossOptions options = {});
};

// mean(|y_true - y_pred|)
at::Tensor mean_absolute_error(const at::Tensor& y_true, const at::Tensor& y_pred);

class MeanAbsoluteError : public Loss {
 public:
  explicit MeanAbsoluteError(LossOptions options = {});
};

// 100 * mean(|y_true - y_pred| / max(|y_true|, 1e-7))
at::Tensor mean_absolute_percentage_error(const at::Tensor& y_true, const at::Tensor& y_pred);

class MeanAbsolutePercentageError : public Loss {
 public:
  explicit MeanAbsolutePercentageError(LossOptions options = {});
};

// mean((log(y_true + 1) - log(y_pred + 1))^2), with values below 1e-7 taken as 1e-7
at::Tensor mean_squared_logarithmic_error(const at::Tensor& y_true, const at::Tensor& y_pred);

class MeanSquaredLogarithmicError : public Loss {
 public:
  explicit MeanSquaredLogarithmicError(LossOptions options = {});
};

// mean(log(cosh(y_pred - y_true)))
at::Tensor log_cosh(const at::Tensor& y_true, const at::Tensor& y_pred);

class LogCosh : public Loss {
 public:
  explicit LogCosh(LossOptions options = {});
};

// Quadratic where |error| <= delta, linear beyond.
at::Tensor huber(const at::Tensor& y_true, const at::Tensor& y_pred, double delta = 1.0);

struct HuberOptions {
  double delta = 1.0;
  std::string reduction = "sum_over_batch_size";
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

class Huber : public Loss {
 public:
  explicit Huber(HuberOptions options = {});
};

// The negative cosine between target and output: -1 where they point the same way. The metric is its opposite.
at::Tensor cosine_similarity(const at::Tensor& y_true, const at::Tensor& y_pred, int64_t axis = -1);

struct CosineSimilarityOptions {
  int64_t axis = -1;
  std::string reduction = "sum_over_batch_size";
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

class CosineSimilarity : public Loss {
 public:
  explicit CosineSimilarity(CosineSimilarityOptions options = {});
};

}  // namespace keraslike::losses

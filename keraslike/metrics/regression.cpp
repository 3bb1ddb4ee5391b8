#include "keraslike/metrics/regression.h"

#include <utility>

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/square.h>

#include "keraslike/losses/checks.h"
#include "keraslike/losses/numeric.h"
#include "keraslike/losses/regression.h"
#include "keraslike/metrics/error_impl.h"
#include "keraslike/saving/fields.h"

namespace keraslike::metrics {

namespace {

class MeanSquaredErrorImpl final : public ErrorImpl {
 public:
  explicit MeanSquaredErrorImpl(MetricOptions options = {}) : ErrorImpl(std::move(options), "mean_squared_error") {}
  at::Tensor values(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return losses::mean_squared_error(y_true, y_pred);
  }
};

class MeanAbsoluteErrorImpl final : public ErrorImpl {
 public:
  explicit MeanAbsoluteErrorImpl(MetricOptions options = {}) : ErrorImpl(std::move(options), "mean_absolute_error") {}
  at::Tensor values(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return losses::mean_absolute_error(y_true, y_pred);
  }
};

class MeanAbsolutePercentageErrorImpl final : public ErrorImpl {
 public:
  explicit MeanAbsolutePercentageErrorImpl(MetricOptions options = {})
      : ErrorImpl(std::move(options), "mean_absolute_percentage_error") {}
  at::Tensor values(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return losses::mean_absolute_percentage_error(y_true, y_pred);
  }
};

class MeanSquaredLogarithmicErrorImpl final : public ErrorImpl {
 public:
  explicit MeanSquaredLogarithmicErrorImpl(MetricOptions options = {})
      : ErrorImpl(std::move(options), "mean_squared_logarithmic_error") {}
  at::Tensor values(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return losses::mean_squared_logarithmic_error(y_true, y_pred);
  }
};

class LogCoshErrorImpl final : public ErrorImpl {
 public:
  explicit LogCoshErrorImpl(MetricOptions options = {}) : ErrorImpl(std::move(options), "logcosh") {}
  at::Tensor values(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return losses::log_cosh(y_true, y_pred);
  }
};

// Keras weighs the squares by sample weights but, unlike in its function metrics, not by the outputs' mask.
class RootMeanSquaredErrorImpl final : public MeanImpl {
 public:
  explicit RootMeanSquaredErrorImpl(MetricOptions options = {})
      : MeanImpl(name_or(std::move(options.name), "root_mean_squared_error"), options.dtype) {}

  Direction direction() const override { return Direction::Down; }

  void update_state(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight) override {
    const at::NoGradGuard no_gradient;
    const auto [targets, outputs] = losses::aligned_floats(y_true, y_pred);
    add(at::square(outputs - targets), sample_weight);
  }

  at::Tensor result() const override { return at::sqrt(MeanImpl::result()); }

  void check_shapes(const Shape& y_true, const Shape& y_pred) const override {
    losses::check_same_shape("RootMeanSquaredError", y_true, y_pred);
  }
};

class CosineSimilarityImpl final : public MeanMetricImpl {
 public:
  explicit CosineSimilarityImpl(CosineSimilarityOptions options = {})
      : MeanMetricImpl(name_or(std::move(options.name), "cosine_similarity"), options.dtype), axis_(options.axis) {}

  void fields(Fields& field) override {
    MetricImpl::fields(field);
    field("axis", axis_);
  }

  Direction direction() const override { return Direction::Up; }
  at::Tensor values(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return -losses::cosine_similarity(y_true, y_pred, axis_);
  }

 private:
  int64_t axis_;
};

}  // namespace

MeanSquaredError::MeanSquaredError(MetricOptions options)
    : Metric(std::make_shared<MeanSquaredErrorImpl>(std::move(options))) {}
RootMeanSquaredError::RootMeanSquaredError(MetricOptions options)
    : Metric(std::make_shared<RootMeanSquaredErrorImpl>(std::move(options))) {}
MeanAbsoluteError::MeanAbsoluteError(MetricOptions options)
    : Metric(std::make_shared<MeanAbsoluteErrorImpl>(std::move(options))) {}
MeanAbsolutePercentageError::MeanAbsolutePercentageError(MetricOptions options)
    : Metric(std::make_shared<MeanAbsolutePercentageErrorImpl>(std::move(options))) {}
MeanSquaredLogarithmicError::MeanSquaredLogarithmicError(MetricOptions options)
    : Metric(std::make_shared<MeanSquaredLogarithmicErrorImpl>(std::move(options))) {}
LogCoshError::LogCoshError(MetricOptions options) : Metric(std::make_shared<LogCoshErrorImpl>(std::move(options))) {}
CosineSimilarity::CosineSimilarity(CosineSimilarityOptions options)
    : Metric(std::make_shared<CosineSimilarityImpl>(std::move(options))) {}

void register_regression(Registry<MetricImpl>& metrics) {
  metrics.add<MeanSquaredErrorImpl>("MeanSquaredError", {"mse", "MSE"});
  metrics.add<RootMeanSquaredErrorImpl>("RootMeanSquaredError");
  metrics.add<MeanAbsoluteErrorImpl>("MeanAbsoluteError", {"mae", "MAE"});
  metrics.add<MeanAbsolutePercentageErrorImpl>("MeanAbsolutePercentageError", {"mape", "MAPE"});
  metrics.add<MeanSquaredLogarithmicErrorImpl>("MeanSquaredLogarithmicError", {"msle", "MSLE"});
  metrics.add<LogCoshErrorImpl>("LogCoshError");
  metrics.add<CosineSimilarityImpl>("CosineSimilarity");
}

}  // namespace keraslike::metrics

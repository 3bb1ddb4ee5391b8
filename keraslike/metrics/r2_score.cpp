#include "keraslike/metrics/r2_score.h"

#include <utility>

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/isinf.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/square.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include "keraslike/losses/checks.h"
#include "keraslike/losses/numeric.h"
#include "keraslike/metrics/metric_impl.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/warnings.h"

namespace keraslike::metrics {

namespace {

void accumulate(at::Tensor& sum, const at::Tensor& values) {
  const at::Tensor more = values.sum(0);
  sum = sum.defined() ? sum + more : more;
}

class R2ScoreImpl final : public MetricImpl {
 public:
  explicit R2ScoreImpl(R2ScoreOptions options = {})
      : MetricImpl(name_or(options.name, "r2_score"), options.dtype), options_(std::move(options)) {
    check_options();
  }

  void fields(Fields& field) override {
    MetricImpl::fields(field);
    field("class_aggregation", options_.class_aggregation);
    field("num_regressors", options_.num_regressors);
    check_options();
  }

  Direction direction() const override { return Direction::Up; }

  void update_state(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight) override {
    const c10::InferenceMode off(false);  // the sums outlive a caller's inference mode
    const at::NoGradGuard no_gradient;
    const at::ScalarType type = type_of(*this);
    const auto [targets, outputs] = losses::align(y_true.to(type), y_pred.to(type));
    check_shapes(losses::shape_of(targets), losses::shape_of(outputs));
    const at::Tensor weight = sample_weight.defined()
                                  ? losses::expand_weight(sample_weight.to(type), targets).expand(targets.sizes())
                                  : at::ones_like(targets);
    accumulate(sum_, targets * weight);
    accumulate(squared_sum_, targets * targets * weight);
    accumulate(squared_error_, at::square(targets - outputs) * weight);
    accumulate(count_, weight);
    num_values_ += targets.numel();
  }

  at::Tensor result() const override {
    const at::NoGradGuard no_gradient;
    if (!sum_.defined()) return at::zeros({}, type_of(*this));
    const at::Tensor deviation = squared_sum_ - sum_ * (sum_ / count_);
    const at::Tensor raw = 1.0 - squared_error_ / deviation;
    const at::Tensor scores = at::where(at::isinf(raw), 0.0, raw);
    return adjusted(aggregated(scores, deviation));
  }

  void reset_state() override {
    for (auto* sum : {&sum_, &squared_sum_, &squared_error_, &count_}) sum->reset();
    num_values_ = 0;
  }

  void check_shapes(const Shape& y_true, const Shape& y_pred) const override {
    const auto [targets, outputs] = losses::align(y_true, y_pred);
    if (targets.rank() != 2 || outputs.rank() != 2) {
      throw ValueError(
          "R2Score expects 2D inputs with shape (batch_size, output_dim). Received: y_true.shape={}, y_pred.shape={}.",
          y_true, y_pred);
    }
    losses::check_same_shape("R2Score", targets, outputs);
  }

 private:
  void check_options() const {
    const auto& kind = options_.class_aggregation;
    if (kind && *kind != "uniform_average" && *kind != "variance_weighted_average") {
      throw ValueError(
          "Invalid value for argument `class_aggregation`. Expected one of 'uniform_average', "
          "'variance_weighted_average' or none. Received: class_aggregation='{}'",
          *kind);
    }
    if (options_.num_regressors < 0) {
      throw ValueError(
          "Invalid value for argument `num_regressors`. Expected a value >= 0. Received: num_regressors={}",
          options_.num_regressors);
    }
  }

  at::Tensor aggregated(const at::Tensor& scores, const at::Tensor& deviation) const {
    if (!options_.class_aggregation) return scores;
    if (*options_.class_aggregation == "uniform_average") return scores.mean();
    return (deviation * scores).sum() / deviation.sum();
  }

  // Keras 3.15 counts values where it means samples; for a single output that is the same.
  at::Tensor adjusted(const at::Tensor& score) const {
    const int64_t regressors = options_.num_regressors;
    if (regressors == 0) return score;
    if (regressors >= num_values_ - 1) {
      utils::warn(regressors > num_values_ - 1
                      ? "More independent predictors than datapoints in adjusted R2 score. Falling back to standard R2 "
                        "score."
                      : "Division by zero in Adjusted R2 score. Falling back to standard R2 score.");
      return score;
    }
    const auto n = static_cast<double>(num_values_);
    return 1.0 - (1.0 - score) * (n - 1.0) / (n - static_cast<double>(regressors) - 1.0);
  }

  R2ScoreOptions options_;
  at::Tensor sum_;
  at::Tensor squared_sum_;
  at::Tensor squared_error_;
  at::Tensor count_;
  int64_t num_values_ = 0;
};

}  // namespace

R2Score::R2Score(R2ScoreOptions options) : Metric(std::make_shared<R2ScoreImpl>(std::move(options))) {}

void register_r2_score(Registry<MetricImpl>& metrics) { metrics.add<R2ScoreImpl>("R2Score"); }

}  // namespace keraslike::metrics

#include "keraslike/metrics/f_score.h"

#include <utility>

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include "keraslike/losses/checks.h"
#include "keraslike/losses/numeric.h"
#include "keraslike/metrics/metric_impl.h"
#include "keraslike/saving/fields.h"

namespace keraslike::metrics {

namespace {

void check_options(const FBetaScoreOptions& options) {
  const auto& average = options.average;
  if (average && *average != "micro" && *average != "macro" && *average != "weighted") {
    throw ValueError("Invalid `average` argument value. Expected none, 'micro', 'macro' or 'weighted'. Received: '{}'",
                     *average);
  }
  if (!(options.beta > 0.0)) {
    throw ValueError("Invalid `beta` argument value. It should be > 0. Received: beta={}", options.beta);
  }
  if (options.threshold && !(*options.threshold > 0.0 && *options.threshold <= 1.0)) {
    throw ValueError("Invalid `threshold` argument value. It should verify 0 < threshold <= 1. Received: threshold={}",
                     *options.threshold);
  }
}

class FBetaScoreImpl : public MetricImpl {
 public:
  explicit FBetaScoreImpl(FBetaScoreOptions options = {}) : FBetaScoreImpl(std::move(options), "fbeta_score") {}

  void fields(Fields& field) override {
    MetricImpl::fields(field);
    field("average", options_.average);
    if (has_beta()) field("beta", options_.beta);
    field("threshold", options_.threshold);
    check_options(options_);
  }

  Direction direction() const override { return Direction::Up; }

  void update_state(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight) override {
    const c10::InferenceMode off(false);  // the sums outlive a caller's inference mode
    const at::NoGradGuard no_gradient;
    check_shapes(losses::shape_of(y_true), losses::shape_of(y_pred));
    const at::Tensor truth = y_true.to(type_of(*this));
    const at::Tensor said = decide(y_pred.to(type_of(*this))).to(type_of(*this));
    const at::Tensor weight =
        sample_weight.defined() ? losses::expand_weight(sample_weight.to(type_of(*this)), truth) : at::Tensor();
    add(true_positives_, said * truth, weight);
    add(false_positives_, said * (1.0 - truth), weight);
    add(false_negatives_, (1.0 - said) * truth, weight);
    add(occurrences_, truth, weight);
  }

  at::Tensor result() const override {
    const at::NoGradGuard no_gradient;
    if (!true_positives_.defined()) return at::zeros({}, type_of(*this));
    const double beta_squared = options_.beta * options_.beta;
    const at::Tensor precision = true_positives_ / (true_positives_ + false_positives_ + kEpsilon);
    const at::Tensor recall = true_positives_ / (true_positives_ + false_negatives_ + kEpsilon);
    const at::Tensor mean = precision * recall / (beta_squared * precision + recall + kEpsilon);
    const at::Tensor score = mean * (1.0 + beta_squared);
    if (!options_.average) return score;
    if (*options_.average != "weighted") return score.mean();
    return (score * (occurrences_ / (occurrences_.sum() + kEpsilon))).sum();
  }

  void reset_state() override {
    for (auto* sum : {&true_positives_, &false_positives_, &false_negatives_, &occurrences_}) sum->reset();
  }

  void check_shapes(const Shape& y_true, const Shape& y_pred) const override {
    if (y_true.rank() != 2 || y_pred.rank() != 2) {
      throw ValueError(
          "{} expects 2D inputs with shape (batch_size, output_dim). Received: y_true.shape={}, y_pred.shape={}. Make "
          "class numbers one-hot.",
          class_name_of(*this), y_true, y_pred);
    }
    losses::check_same_shape(class_name_of(*this), y_true, y_pred);
  }

 protected:
  FBetaScoreImpl(FBetaScoreOptions options, const std::string& default_name)
      : MetricImpl(name_or(options.name, default_name), options.dtype), options_(std::move(options)) {
    check_options(options_);
  }

  virtual bool has_beta() const { return true; }

 private:
  at::Tensor decide(const at::Tensor& outputs) const {
    if (options_.threshold) return outputs > *options_.threshold;
    return (outputs >= outputs.amax(-1, /*keepdim=*/true)) & (at::abs(outputs) > 1e-9);
  }

  void add(at::Tensor& sum, const at::Tensor& values, const at::Tensor& weight) const {
    const at::Tensor weighted = weight.defined() ? values * weight : values;
    const at::Tensor more = options_.average == "micro" ? weighted.sum() : weighted.sum(0);
    sum = sum.defined() ? sum + more : more;
  }

  FBetaScoreOptions options_;
  at::Tensor true_positives_;
  at::Tensor false_positives_;
  at::Tensor false_negatives_;
  at::Tensor occurrences_;
};

class F1ScoreImpl final : public FBetaScoreImpl {
 public:
  explicit F1ScoreImpl(F1ScoreOptions options = {})
      : FBetaScoreImpl({.average = options.average, .threshold = options.threshold, .name = options.name}, "f1_score") {
  }

 protected:
  bool has_beta() const override { return false; }
};

}  // namespace

FBetaScore::FBetaScore(FBetaScoreOptions options) : Metric(std::make_shared<FBetaScoreImpl>(std::move(options))) {}
F1Score::F1Score(F1ScoreOptions options) : Metric(std::make_shared<F1ScoreImpl>(std::move(options))) {}

void register_f_scores(Registry<MetricImpl>& metrics) {
  metrics.add<FBetaScoreImpl>("FBetaScore");
  metrics.add<F1ScoreImpl>("F1Score");
}

}  // namespace keraslike::metrics

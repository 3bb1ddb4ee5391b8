#include "keraslike/metrics/confusion.h"

#include <utility>

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/TensorOperators.h>

#include "keraslike/losses/reduction.h"
#include "keraslike/metrics/confusion_counts.h"
#include "keraslike/metrics/metric_impl.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/naming.h"

namespace keraslike::metrics {

namespace {

std::string unique_or(std::string given, const std::string& class_name) {
  return given.empty() ? utils::unique_name(class_name) : std::move(given);
}

class CountImpl : public MetricImpl {
 public:
  CountImpl(Count count, const std::string& class_name, ConfusionOptions options)
      : MetricImpl(unique_or(std::move(options.name), class_name), options.dtype),
        count_(count),
        thresholds_(std::move(options.thresholds)),
        counts_(rule(), {count}) {}

  void fields(Fields& field) override {
    MetricImpl::fields(field);
    thresholds_field(field, thresholds_);
    if (field.is_reading()) counts_ = ConfusionCounts(rule(), {count_});
  }

  void update_state(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight) override {
    counts_.add(y_true, y_pred, sample_weight);
  }

  at::Tensor result() const override { return single_or_all(counts_[count_]).clone(); }
  void reset_state() override { counts_.reset(); }

  void check_shapes(const Shape& y_true, const Shape& y_pred) const override {
    check_rule(class_name_of(*this), counts_.rule(), y_true, y_pred);
  }

 private:
  ConfusionRule rule() const {
    check_thresholds(thresholds_);
    const auto thresholds = thresholds_.empty() ? std::vector<double>{0.5} : thresholds_;
    return {.thresholds = thresholds, .type = type_of(*this), .are_even = are_even(thresholds)};
  }

  Count count_;
  std::vector<double> thresholds_;
  ConfusionCounts counts_;
};

class TruePositivesImpl final : public CountImpl {
 public:
  explicit TruePositivesImpl(ConfusionOptions options = {})
      : CountImpl(Count::TruePositives, "TruePositives", std::move(options)) {}
};

class FalsePositivesImpl final : public CountImpl {
 public:
  explicit FalsePositivesImpl(ConfusionOptions options = {})
      : CountImpl(Count::FalsePositives, "FalsePositives", std::move(options)) {}
};

class TrueNegativesImpl final : public CountImpl {
 public:
  explicit TrueNegativesImpl(ConfusionOptions options = {})
      : CountImpl(Count::TrueNegatives, "TrueNegatives", std::move(options)) {}
};

class FalseNegativesImpl final : public CountImpl {
 public:
  explicit FalseNegativesImpl(ConfusionOptions options = {})
      : CountImpl(Count::FalseNegatives, "FalseNegatives", std::move(options)) {}
};

// True positives over those and one kind of mistakes.
class HitRateImpl : public MetricImpl {
 public:
  HitRateImpl(Count mistakes, const std::string& class_name, PrecisionOptions options)
      : MetricImpl(unique_or(std::move(options.name), class_name), options.dtype),
        mistakes_(mistakes),
        thresholds_(std::move(options.thresholds)),
        top_k_(options.top_k),
        class_id_(options.class_id),
        counts_(rule(class_name), {Count::TruePositives, mistakes}) {}

  void fields(Fields& field) override {
    MetricImpl::fields(field);
    thresholds_field(field, thresholds_);
    field("top_k", top_k_);
    field("class_id", class_id_);
    if (field.is_reading()) counts_ = ConfusionCounts(rule(class_name_of(*this)), {Count::TruePositives, mistakes_});
  }

  Direction direction() const override { return Direction::Up; }

  void update_state(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight) override {
    counts_.add(y_true, y_pred, sample_weight);
  }

  at::Tensor result() const override {
    const at::NoGradGuard no_gradient;
    const at::Tensor hits = counts_[Count::TruePositives];
    return single_or_all(losses::divide_no_nan(hits, hits + counts_[mistakes_]));
  }

  void reset_state() override { counts_.reset(); }

  void check_shapes(const Shape& y_true, const Shape& y_pred) const override {
    check_rule(class_name_of(*this), counts_.rule(), y_true, y_pred);
  }

 private:
  ConfusionRule rule(const std::string& owner) const {
    check_thresholds(thresholds_);
    if (top_k_ && *top_k_ <= 0) {
      throw ValueError("{} expects `top_k` to be positive. Received: top_k={}.", owner, *top_k_);
    }
    if (class_id_ && *class_id_ < 0) {
      throw ValueError("{} expects `class_id` not to be negative. Received: class_id={}.", owner, *class_id_);
    }
    // With top_k alone, all k are yes: what is left out was set to this very number.
    const auto thresholds = thresholds_.empty() ? std::vector<double>{top_k_ ? -1e10 : 0.5} : thresholds_;
    return {.thresholds = thresholds,
            .type = type_of(*this),
            .are_even = are_even(thresholds),
            .top_k = top_k_,
            .class_id = class_id_};
  }

  Count mistakes_;
  std::vector<double> thresholds_;
  std::optional<int64_t> top_k_;
  std::optional<int64_t> class_id_;
  ConfusionCounts counts_;
};

class PrecisionImpl final : public HitRateImpl {
 public:
  explicit PrecisionImpl(PrecisionOptions options = {})
      : HitRateImpl(Count::FalsePositives, "Precision", std::move(options)) {}
};

class RecallImpl final : public HitRateImpl {
 public:
  explicit RecallImpl(RecallOptions options = {}) : HitRateImpl(Count::FalseNegatives, "Recall", std::move(options)) {}
};

}  // namespace

TruePositives::TruePositives(ConfusionOptions options)
    : Metric(std::make_shared<TruePositivesImpl>(std::move(options))) {}
FalsePositives::FalsePositives(ConfusionOptions options)
    : Metric(std::make_shared<FalsePositivesImpl>(std::move(options))) {}
TrueNegatives::TrueNegatives(ConfusionOptions options)
    : Metric(std::make_shared<TrueNegativesImpl>(std::move(options))) {}
FalseNegatives::FalseNegatives(ConfusionOptions options)
    : Metric(std::make_shared<FalseNegativesImpl>(std::move(options))) {}
Precision::Precision(PrecisionOptions options) : Metric(std::make_shared<PrecisionImpl>(std::move(options))) {}
Recall::Recall(RecallOptions options) : Metric(std::make_shared<RecallImpl>(std::move(options))) {}

void register_confusion(Registry<MetricImpl>& metrics) {
  metrics.add<TruePositivesImpl>("TruePositives");
  metrics.add<FalsePositivesImpl>("FalsePositives");
  metrics.add<TrueNegativesImpl>("TrueNegatives");
  metrics.add<FalseNegativesImpl>("FalseNegatives");
  metrics.add<PrecisionImpl>("Precision");
  metrics.add<RecallImpl>("Recall");
}

}  // namespace keraslike::metrics

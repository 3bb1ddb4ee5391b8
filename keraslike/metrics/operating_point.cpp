#include "keraslike/metrics/operating_point.h"

#include <utility>

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/where.h>

#include "keraslike/losses/reduction.h"
#include "keraslike/metrics/confusion_counts.h"
#include "keraslike/metrics/metric_impl.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/naming.h"

namespace keraslike::metrics {

namespace {

// A share of two counts: `hits` / (`hits` + `misses`).
struct Rate {
  Count hits;
  Count misses;
};
constexpr Rate kSensitivity{Count::TruePositives, Count::FalseNegatives};
constexpr Rate kSpecificity{Count::TrueNegatives, Count::FalsePositives};
constexpr Rate kPrecision{Count::TruePositives, Count::FalsePositives};

// What a class is about: the rate that is asked for, under the name that its constructor has for it, and the other.
struct Question {
  const char* class_name;
  const char* argument;
  Rate asked;
  Rate wanted;
};
constexpr Question kSensitivityAtSpecificity{"SensitivityAtSpecificity", "specificity", kSpecificity, kSensitivity};
constexpr Question kSpecificityAtSensitivity{"SpecificityAtSensitivity", "sensitivity", kSensitivity, kSpecificity};
constexpr Question kPrecisionAtRecall{"PrecisionAtRecall", "recall", kSensitivity, kPrecision};
constexpr Question kRecallAtPrecision{"RecallAtPrecision", "precision", kPrecision, kSensitivity};

template <const Question& question>
class OperatingPointImpl final : public MetricImpl {
 public:
  // Without the rate, which a config brings: by name alone the metric does not know what is asked.
  OperatingPointImpl() : OperatingPointImpl(std::nullopt, {}) {}

  OperatingPointImpl(std::optional<double> value, OperatingPointOptions options)
      : MetricImpl(options.name.empty() ? utils::unique_name(question.class_name) : options.name, options.dtype),
        value_(value),
        options_(std::move(options)),
        counts_(rule(), kAll) {}

  void fields(Fields& field) override {
    MetricImpl::fields(field);
    field("class_id", options_.class_id);
    field("num_thresholds", options_.num_thresholds);
    field(question.argument, value_);
    if (field.is_reading()) counts_ = ConfusionCounts(rule(), kAll);
  }

  Direction direction() const override { return Direction::Up; }

  void update_state(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight) override {
    counts_.add(y_true, y_pred, sample_weight);
  }

  at::Tensor result() const override {
    const at::NoGradGuard no_gradient;
    return at::where(rate(question.asked) >= value_.value_or(0.0), rate(question.wanted), 0.0).max();
  }

  void reset_state() override { counts_.reset(); }

  void check_shapes(const Shape& y_true, const Shape& y_pred) const override {
    if (!value_) {
      throw ValueError("{0} expects `{1}`; by name alone it has none. Pass an object: metrics::{0}(0.5).",
                       question.class_name, question.argument);
    }
    check_rule(question.class_name, counts_.rule(), y_true, y_pred);
  }

 private:
  inline static const std::vector<Count> kAll{Count::TruePositives, Count::FalsePositives, Count::TrueNegatives,
                                              Count::FalseNegatives};

  at::Tensor rate(Rate rate) const {
    const at::Tensor hits = counts_[rate.hits];
    return losses::divide_no_nan(hits, hits + counts_[rate.misses]);
  }

  ConfusionRule rule() const {
    if (value_ && !(*value_ >= 0.0 && *value_ <= 1.0)) {
      throw ValueError("Argument `{0}` must be in the range [0, 1]. Received: {0}={1}", question.argument, *value_);
    }
    const int64_t size = options_.num_thresholds;
    if (size <= 0) {
      throw ValueError("Argument `num_thresholds` must be an integer > 0. Received: num_thresholds={}", size);
    }
    ConfusionRule rule{
        .thresholds = {}, .type = type_of(*this), .are_even = size > 1, .class_id = options_.class_id};
    for (int64_t i = 0; size > 1 && i < size; ++i) {
      rule.thresholds.push_back(static_cast<double>(i) / static_cast<double>(size - 1));
    }
    if (size == 1) rule.thresholds = {0.5};
    return rule;
  }

  std::optional<double> value_;
  OperatingPointOptions options_;
  ConfusionCounts counts_;
};

}  // namespace

SensitivityAtSpecificity::SensitivityAtSpecificity(double specificity, OperatingPointOptions options)
    : Metric(std::make_shared<OperatingPointImpl<kSensitivityAtSpecificity>>(specificity, std::move(options))) {}
SpecificityAtSensitivity::SpecificityAtSensitivity(double sensitivity, OperatingPointOptions options)
    : Metric(std::make_shared<OperatingPointImpl<kSpecificityAtSensitivity>>(sensitivity, std::move(options))) {}
PrecisionAtRecall::PrecisionAtRecall(double recall, OperatingPointOptions options)
    : Metric(std::make_shared<OperatingPointImpl<kPrecisionAtRecall>>(recall, std::move(options))) {}
RecallAtPrecision::RecallAtPrecision(double precision, OperatingPointOptions options)
    : Metric(std::make_shared<OperatingPointImpl<kRecallAtPrecision>>(precision, std::move(options))) {}

void register_operating_points(Registry<MetricImpl>& metrics) {
  metrics.add<OperatingPointImpl<kSensitivityAtSpecificity>>("SensitivityAtSpecificity");
  metrics.add<OperatingPointImpl<kSpecificityAtSensitivity>>("SpecificityAtSensitivity");
  metrics.add<OperatingPointImpl<kPrecisionAtRecall>>("PrecisionAtRecall");
  metrics.add<OperatingPointImpl<kRecallAtPrecision>>("RecallAtPrecision");
}

}  // namespace keraslike::metrics

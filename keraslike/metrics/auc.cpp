#include "keraslike/metrics/auc.h"

#include <algorithm>
#include <utility>

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/clamp_min.h>
#include <ATen/ops/log.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>

#include "keraslike/losses/reduction.h"
#include "keraslike/metrics/confusion_counts.h"
#include "keraslike/metrics/metric_impl.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/naming.h"

namespace keraslike::metrics {

namespace {

using losses::divide_no_nan;

constexpr double kBeyond = 1e-7;  // the outermost thresholds lie this far outside [0, 1]

struct Curve {
  at::Tensor x;
  at::Tensor y;
};

// All but the last point, and all but the first.
at::Tensor starts(const at::Tensor& points) { return points.narrow(0, 0, points.size(0) - 1); }
at::Tensor ends(const at::Tensor& points) { return points.narrow(0, 1, points.size(0) - 1); }

std::vector<double> even_thresholds(int64_t size) {
  std::vector<double> thresholds{-kBeyond};
  for (int64_t i = 1; i + 1 < size; ++i) thresholds.push_back(static_cast<double>(i) / static_cast<double>(size - 1));
  thresholds.push_back(1.0 + kBeyond);
  return thresholds;
}

// Keras takes "pr" for "PR" and writes the latter.
std::string one_of(const std::string& value, const char* what, const std::vector<std::string>& known) {
  for (const auto& name : known) {
    if (utils::to_lower(value) == utils::to_lower(name)) return name;
  }
  throw ValueError("Invalid AUC {} value: \"{}\". Expected values are [\"{}\", \"{}\", \"{}\"]", what, value, known[0],
                   known[1], known[2]);
}

class AUCImpl final : public MetricImpl {
 public:
  explicit AUCImpl(AUCOptions options = {})
      : MetricImpl(options.name.empty() ? utils::unique_name("AUC") : options.name, options.dtype),
        options_(std::move(options)),
        counts_(rule(), kAll) {}

  void fields(Fields& field) override {
    MetricImpl::fields(field);
    std::optional<std::vector<double>> label_weights;
    if (!options_.label_weights.empty()) label_weights = options_.label_weights;
    field("num_thresholds", options_.num_thresholds);
    field("curve", options_.curve);
    field("summation_method", options_.summation_method);
    field("multi_label", options_.multi_label);
    field("num_labels", options_.num_labels);
    field("label_weights", label_weights);
    field("from_logits", options_.from_logits);
    if (field.is_reading() || !options_.thresholds.empty()) thresholds_field(field, options_.thresholds);
    options_.label_weights = label_weights.value_or(std::vector<double>());
    if (field.is_reading()) counts_ = ConfusionCounts(rule(), kAll);
  }

  Direction direction() const override { return Direction::Up; }

  void update_state(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight) override {
    const at::NoGradGuard no_gradient;
    counts_.add(y_true, options_.from_logits ? at::sigmoid(y_pred) : y_pred, sample_weight);
  }

  at::Tensor result() const override {
    const at::NoGradGuard no_gradient;
    if (options_.curve == "PR" && options_.summation_method == "interpolation") return over_labels(interpolated_pr());
    const Curve curve = points();
    return over_labels((starts(curve.x) - ends(curve.x)) * heights(curve.y));
  }

  void reset_state() override { counts_.reset(); }

  void check_shapes(const Shape& y_true, const Shape& y_pred) const override {
    check_rule("AUC", counts_.rule(), y_true, y_pred);
    if (options_.multi_label && y_pred.rank() != 2) {
      throw ValueError("`y_pred` must have rank 2 when `multi_label=True`. Found rank {}. Full shape received: {}",
                       y_pred.rank(), y_pred);
    }
    const auto labels = static_cast<int64_t>(options_.label_weights.size());
    if (labels > 0 && y_pred.back() >= 0 && y_pred.back() != labels) {
      throw ValueError("AUC expects one of `label_weights` per label. Received: {} weights, y_pred.shape={}.", labels,
                       y_pred);
    }
  }

 private:
  inline static const std::vector<Count> kAll{Count::TruePositives, Count::FalsePositives, Count::TrueNegatives,
                                              Count::FalseNegatives};

  ConfusionRule rule() {
    options_.curve = one_of(options_.curve, "curve", {"PR", "ROC", "PRGAIN"});
    options_.summation_method =
        one_of(options_.summation_method, "summation method", {"interpolation", "majoring", "minoring"});
    if (options_.num_labels && !options_.multi_label) {
      throw ValueError("`num_labels` is needed only when `multi_label` is True.");
    }
    ConfusionRule rule{.thresholds = {},
                       .type = type_of(*this),
                       .multi_label = options_.multi_label,
                       .label_weights = options_.label_weights};
    if (options_.thresholds.empty()) {
      if (options_.num_thresholds <= 1) {
        throw ValueError("Argument `num_thresholds` must be an integer > 1. Received: num_thresholds={}",
                         options_.num_thresholds);
      }
      rule.thresholds = even_thresholds(options_.num_thresholds);
      rule.are_even = true;
      return rule;
    }
    check_thresholds(options_.thresholds);
    std::sort(options_.thresholds.begin(), options_.thresholds.end());
    options_.num_thresholds = static_cast<int64_t>(options_.thresholds.size()) + 2;
    rule.thresholds = options_.thresholds;
    rule.thresholds.insert(rule.thresholds.begin(), 0.0);
    rule.thresholds.push_back(1.0);
    rule.are_even = are_even(rule.thresholds);
    rule.thresholds.front() = -kBeyond;
    rule.thresholds.back() = 1.0 + kBeyond;
    return rule;
  }

  Curve points() const {
    const at::Tensor tp = counts_[Count::TruePositives];
    const at::Tensor fp = counts_[Count::FalsePositives];
    const at::Tensor tn = counts_[Count::TrueNegatives];
    const at::Tensor fn = counts_[Count::FalseNegatives];
    const at::Tensor recall = divide_no_nan(tp, tp + fn);
    if (options_.curve == "ROC") return {divide_no_nan(fp, fp + tn), recall};
    if (options_.curve == "PR") return {recall, divide_no_nan(tp, tp + fp)};
    const at::Tensor scale = divide_no_nan(tp + fn, tn + fp);
    const at::Tensor recall_gain = at::where(tp == 0, 0.0, 1.0 - scale * divide_no_nan(fn, tp));
    const at::Tensor precision_gain = at::where(tp == 0, 1.0, 1.0 - scale * divide_no_nan(fp, tp));
    return {at::clamp_min(recall_gain, 0.0), precision_gain};
  }

  at::Tensor heights(const at::Tensor& y) const {
    if (options_.summation_method == "minoring") return at::minimum(starts(y), ends(y));
    if (options_.summation_method == "majoring") return at::maximum(starts(y), ends(y));
    return (starts(y) + ends(y)) / 2.0;
  }

  // Davis and Goadrich: between two points true positives, not precision, are interpolated.
  at::Tensor interpolated_pr() const {
    const at::Tensor tp = counts_[Count::TruePositives];
    const at::Tensor fn = counts_[Count::FalseNegatives];
    const at::Tensor p = tp + counts_[Count::FalsePositives];
    const at::Tensor dtp = starts(tp) - ends(tp);
    const at::Tensor slope = divide_no_nan(dtp, at::clamp_min(starts(p) - ends(p), 0.0));
    const at::Tensor intercept = ends(tp) - slope * ends(p);
    const at::Tensor ratio = at::where((starts(p) > 0) & (ends(p) > 0),
                                       divide_no_nan(starts(p), at::clamp_min(ends(p), 0.0)), 1.0);
    return divide_no_nan(slope * (dtp + intercept * at::log(ratio)), at::clamp_min(ends(tp) + ends(fn), 0.0));
  }

  at::Tensor over_labels(const at::Tensor& segments) const {
    const at::Tensor area = segments.sum(0);
    if (area.dim() == 0 || !options_.multi_label) return area;
    if (options_.label_weights.empty()) return area.mean();
    const at::Tensor weights = at::tensor(options_.label_weights, area.options());
    return divide_no_nan((area * weights).sum(), weights.sum());
  }

  AUCOptions options_;
  ConfusionCounts counts_;
};

}  // namespace

AUC::AUC(AUCOptions options) : Metric(std::make_shared<AUCImpl>(std::move(options))) {}

void register_auc(Registry<MetricImpl>& metrics) { metrics.add<AUCImpl>("AUC"); }

}  // namespace keraslike::metrics

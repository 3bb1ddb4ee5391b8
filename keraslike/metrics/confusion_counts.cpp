#include "keraslike/metrics/confusion_counts.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <ATen/core/grad_mode.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/ceil.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/mv.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/scatter.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/topk.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/InferenceMode.h>

#include <fmt/ranges.h>

#include "keraslike/losses/checks.h"
#include "keraslike/losses/reduction.h"
#include "keraslike/saving/fields.h"

namespace keraslike::metrics {

namespace {

constexpr double kNegativeInfinity = -1e10;  // Keras' own: outputs beyond the top k

// Targets and outputs of a batch with the weight of each output being a positive or a negative.
struct Batch {
  at::Tensor y_pred;
  at::Tensor positives;  // weight where the target is true, else 0
  at::Tensor negatives;
};

at::Tensor keep_top_k(const at::Tensor& outputs, int64_t k) {
  const at::Tensor places = std::get<1>(at::topk(outputs, k, -1));
  const at::Tensor kept = at::scatter(at::zeros_like(outputs), -1, places, 1.0);
  return outputs * kept + kNegativeInfinity * (1.0 - kept);
}

// The weight of each output, shaped as the outputs; undefined where all weigh 1.
at::Tensor weight_of(const at::Tensor& sample_weight, const ConfusionRule& rule, const at::Tensor& outputs) {
  at::Tensor weight;
  if (sample_weight.defined()) {
    const at::Tensor expanded = losses::expand_weight(sample_weight.to(rule.type), outputs);
    weight = losses::align(outputs, expanded, /*expand_rank_1=*/false).second.expand(outputs.sizes());
  }
  if (rule.label_weights.empty() || rule.multi_label) return weight;
  const at::Tensor labels = at::tensor(rule.label_weights, outputs.options()).expand(outputs.sizes());
  return weight.defined() ? weight * labels : labels;
}

Batch prepare(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight,
              const ConfusionRule& rule) {
  auto [outputs, targets] = losses::align(y_pred.detach().to(rule.type), y_true);
  if (rule.top_k) outputs = keep_top_k(outputs, *rule.top_k);
  if (rule.class_id) {
    targets = targets.narrow(-1, *rule.class_id, 1);
    outputs = outputs.narrow(-1, *rule.class_id, 1);
  }
  const at::Tensor truth = targets.to(at::kBool).to(rule.type);
  const at::Tensor weight = weight_of(sample_weight, rule, outputs);
  Batch batch{outputs, weight.defined() ? truth * weight : truth,
              weight.defined() ? (1.0 - truth) * weight : 1.0 - truth};
  if (!rule.multi_label) {
    batch = {batch.y_pred.reshape({-1}), batch.positives.reshape({-1}), batch.negatives.reshape({-1})};
  }
  return batch;
}

// Sums of `weight` over the outputs that each threshold says yes (or no) to.
at::Tensor sum_where(const at::Tensor& said, const at::Tensor& weight) {
  return said.dim() == 2 ? at::mv(said, weight) : (said * weight).sum(1);
}

// By comparing each output with each threshold.
std::array<at::Tensor, 4> count_directly(const Batch& batch, const at::Tensor& thresholds,
                                         const std::vector<Count>& wanted) {
  std::vector<int64_t> sizes(static_cast<size_t>(batch.y_pred.dim()) + 1, 1);
  sizes[0] = -1;
  const at::Tensor yes = (batch.y_pred.unsqueeze(0) > thresholds.reshape(sizes)).to(batch.y_pred.scalar_type());
  const at::Tensor no = 1.0 - yes;
  std::array<at::Tensor, 4> counts;
  for (const Count count : wanted) {
    const bool says_yes = count == Count::TruePositives || count == Count::FalsePositives;
    const bool is_true = count == Count::TruePositives || count == Count::FalseNegatives;
    counts[static_cast<size_t>(count)] = sum_where(says_yes ? yes : no, is_true ? batch.positives : batch.negatives);
  }
  return counts;
}

// By the bucket between even thresholds that each output falls into: outputs and thresholds are not multiplied.
std::array<at::Tensor, 4> count_by_buckets(const Batch& batch, const ConfusionRule& rule) {
  const auto size = static_cast<int64_t>(rule.thresholds.size());
  const bool reach_beyond = rule.thresholds.front() < 0.0 || rule.thresholds.back() > 1.0;
  const at::Tensor scaled = at::clamp(batch.y_pred, 0.0, 1.0) * static_cast<double>(size - 1);
  const at::Tensor bucket = (at::ceil(scaled) - 1.0).to(at::kLong);
  // What is below the first threshold counts there if that is below 0, and nowhere if not.
  const at::Tensor place = reach_beyond ? at::clamp(bucket, 0, size - 1) : at::where(bucket < 0, size, bucket);

  const auto at_or_above = [&](const at::Tensor& weight) {
    std::vector<int64_t> sizes = weight.sizes().vec();
    sizes[0] = size + 1;
    const at::Tensor sums = at::zeros(sizes, weight.options()).scatter_add_(0, place, weight.contiguous());
    return at::cumsum(sums.narrow(0, 0, size).flip(0), 0).flip(0);
  };
  const at::Tensor true_positives = at_or_above(batch.positives);
  const at::Tensor false_positives = at_or_above(batch.negatives);
  return {true_positives, false_positives, batch.negatives.sum(0) - false_positives,
          batch.positives.sum(0) - true_positives};
}

}  // namespace

ConfusionCounts::ConfusionCounts(ConfusionRule rule, std::vector<Count> wanted)
    : rule_(std::move(rule)), wanted_(std::move(wanted)) {}

at::Tensor ConfusionCounts::thresholds_on(const at::Tensor& like) {
  if (!thresholds_.defined() || thresholds_.device() != like.device()) {
    thresholds_ = at::tensor(rule_.thresholds, like.options());
  }
  return thresholds_;
}

void ConfusionCounts::add(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight) {
  const c10::InferenceMode off(false);  // the counts outlive a caller's inference mode
  const at::NoGradGuard no_gradient;
  const Batch batch = prepare(y_true, y_pred, sample_weight, rule_);
  const auto added = rule_.are_even ? count_by_buckets(batch, rule_)
                                    : count_directly(batch, thresholds_on(batch.y_pred), wanted_);
  for (const Count count : wanted_) {
    at::Tensor& sum = counts_[static_cast<size_t>(count)];
    const at::Tensor& more = added[static_cast<size_t>(count)];
    sum = sum.defined() ? sum + more : more;
  }
}

at::Tensor ConfusionCounts::operator[](Count count) const {
  const at::Tensor& sum = counts_[static_cast<size_t>(count)];
  return sum.defined() ? sum : at::zeros({static_cast<int64_t>(rule_.thresholds.size())}, rule_.type);
}

void ConfusionCounts::reset() {
  for (auto& sum : counts_) sum.reset();
}

void check_thresholds(const std::vector<double>& thresholds) {
  std::vector<double> bad;
  std::copy_if(thresholds.begin(), thresholds.end(), std::back_inserter(bad),
               [](double threshold) { return !(threshold >= 0.0 && threshold <= 1.0); });
  if (!bad.empty()) throw ValueError("Threshold values must be in [0, 1]. Received: {}", bad);
}

bool are_even(const std::vector<double>& thresholds) {
  if (thresholds.size() < 3) return false;
  for (size_t i = 0; i < thresholds.size(); ++i) {
    const double even = static_cast<double>(i) / static_cast<double>(thresholds.size() - 1);
    if (!(std::abs(thresholds[i] - even) <= 1e-7 + 1e-5 * even)) return false;
  }
  return true;
}

at::Tensor single_or_all(const at::Tensor& result) { return result.size(0) == 1 ? result.select(0, 0) : result; }

void check_rule(const std::string& owner, const ConfusionRule& rule, const Shape& y_true, const Shape& y_pred) {
  losses::check_same_shape(owner, y_true, y_pred);
  const int64_t classes = y_pred.empty() ? 0 : y_pred.back();
  if (rule.class_id && y_pred.rank() < 2) {
    throw ValueError("{} with `class_id` expects outputs of shape (samples, classes). Received: y_pred.shape={}.",
                     owner, y_pred);
  }
  if (rule.class_id && classes >= 0 && *rule.class_id >= classes) {
    throw ValueError("{} expects `class_id` to be one of the outputs' classes. Received: class_id={}, y_pred.shape={}.",
                     owner, *rule.class_id, y_pred);
  }
  if (rule.top_k && classes >= 0 && *rule.top_k > classes) {
    throw ValueError("{} expects `top_k` to be at most the number of classes. Received: top_k={}, y_pred.shape={}.",
                     owner, *rule.top_k, y_pred);
  }
}

void thresholds_field(Fields& field, std::vector<double>& thresholds) {
  std::optional<std::vector<double>> value;
  if (!thresholds.empty()) value = thresholds;
  field("thresholds", value);
  thresholds = value.value_or(std::vector<double>());
}

}  // namespace keraslike::metrics

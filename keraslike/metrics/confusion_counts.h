#pragma once

// Running counts of true and false positives and negatives at thresholds. For sources.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "keraslike/metrics/metric.h"

namespace keraslike {

class Fields;

namespace metrics {

enum class Count { TruePositives, FalsePositives, TrueNegatives, FalseNegatives };

// How outputs become yes or no, and which of them are looked at.
struct ConfusionRule {
  std::vector<double> thresholds;
  at::ScalarType type = at::kFloat;  // of the counts
  bool are_even = false;  // i / (n - 1): counted by buckets, as Keras does
  std::optional<int64_t> top_k = std::nullopt;
  std::optional<int64_t> class_id = std::nullopt;
  bool multi_label = false;
  std::vector<double> label_weights = {};
};

// Counts per threshold, (thresholds,), or (thresholds, labels) with `multi_label`, on the outputs' device.
class ConfusionCounts {
 public:
  ConfusionCounts(ConfusionRule rule, std::vector<Count> wanted);

  void add(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight);
  at::Tensor operator[](Count count) const;
  void reset();

  const ConfusionRule& rule() const { return rule_; }

 private:
  at::Tensor thresholds_on(const at::Tensor& like);

  ConfusionRule rule_;
  std::vector<Count> wanted_;
  std::array<at::Tensor, 4> counts_;
  at::Tensor thresholds_;
};

// Throws ValueError where a threshold is outside [0, 1].
void check_thresholds(const std::vector<double>& thresholds);

// True for three or more that are 0, 1/(n-1), ..., 1.
bool are_even(const std::vector<double>& thresholds);

// The only element of a result for one threshold, else the result.
at::Tensor single_or_all(const at::Tensor& result);

// Throws ValueError where the rule asks for classes that the outputs lack.
void check_rule(const std::string& owner, const ConfusionRule& rule, const Shape& y_true, const Shape& y_pred);

// Keras' None is an empty list here.
void thresholds_field(Fields& field, std::vector<double>& thresholds);

}  // namespace metrics

}  // namespace keraslike

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keraslike/metrics/metric.h"

namespace keraslike::metrics {

// `curve`: "ROC", "PR" (precision and recall) or "PRGAIN". `summation_method`: "interpolation", "minoring" or
// "majoring". `thresholds` between 0 and 1 replace `num_thresholds` even ones. With `multi_label` each column of
// (samples, labels) has a curve of its own and the result is their mean, weighted by `label_weights`; without, these
// weigh the outputs of all labels in one curve.
struct AUCOptions {
  int64_t num_thresholds = 200;
  std::string curve = "ROC";
  std::string summation_method = "interpolation";
  std::vector<double> thresholds = {};
  bool multi_label = false;
  std::optional<int64_t> num_labels = std::nullopt;
  std::vector<double> label_weights = {};
  bool from_logits = false;
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

// The area under a curve, by a Riemann sum over thresholds: close to the exact area, and the same number as Keras'.
class AUC : public Metric {
 public:
  explicit AUC(AUCOptions options = {});
};

}  // namespace keraslike::metrics

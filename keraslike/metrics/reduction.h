#pragma once

#include "keraslike/metrics/metric.h"
#include "keraslike/metrics/options.h"

namespace keraslike::metrics {

// The mean of the values added, each sample's values averaged first; with weights, divided by their sum. For numbers of
// your own; it does not compare targets with outputs.
class Mean : public Metric {
 public:
  explicit Mean(MetricOptions options = {});
  void update_state(const at::Tensor& values) const;
  void update_state(const at::Tensor& values, const at::Tensor& sample_weight) const;
};

// The sum of the values added, weighted where weights are given.
class Sum : public Metric {
 public:
  explicit Sum(MetricOptions options = {});
  void update_state(const at::Tensor& values) const;
  void update_state(const at::Tensor& values, const at::Tensor& sample_weight) const;
};

// A metric from a function of (y_true, y_pred) that returns a value per sample. Passing the function itself where a
// metric is asked for does the same, under the name "function".
class MeanMetricWrapper : public Metric {
 public:
  explicit MeanMetricWrapper(Function function, MetricOptions options = {});
};

}  // namespace keraslike::metrics

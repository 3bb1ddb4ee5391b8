#pragma once

#include "keraslike/metrics/metric.h"
#include "keraslike/metrics/options.h"

namespace keraslike::metrics {

// The losses of these names, averaged over an epoch.

class Hinge : public Metric {
 public:
  explicit Hinge(MetricOptions options = {});
};

class SquaredHinge : public Metric {
 public:
  explicit SquaredHinge(MetricOptions options = {});
};

class CategoricalHinge : public Metric {
 public:
  explicit CategoricalHinge(MetricOptions options = {});
};

}  // namespace keraslike::metrics

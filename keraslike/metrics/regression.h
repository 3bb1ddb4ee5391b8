#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/metrics/metric.h"
#include "keraslike/metrics/options.h"

namespace keraslike::metrics {

class MeanSquaredError : public Metric {
 public:
  explicit MeanSquaredError(MetricOptions options = {});
};

// The root of the mean over all batches, not the mean of the batches' roots.
class RootMeanSquaredError : public Metric {
 public:
  explicit RootMeanSquaredError(MetricOptions options = {});
};

class MeanAbsoluteError : public Metric {
 public:
  explicit MeanAbsoluteError(MetricOptions options = {});
};

class MeanAbsolutePercentageError : public Metric {
 public:
  explicit MeanAbsolutePercentageError(MetricOptions options = {});
};

class MeanSquaredLogarithmicError : public Metric {
 public:
  explicit MeanSquaredLogarithmicError(MetricOptions options = {});
};

// log(cosh(error)); named "logcosh".
class LogCoshError : public Metric {
 public:
  explicit LogCoshError(MetricOptions options = {});
};

struct CosineSimilarityOptions {
  int64_t axis = -1;
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

// The cosine between target and output: 1 where they point the same way. The loss of this name is its opposite.
class CosineSimilarity : public Metric {
 public:
  explicit CosineSimilarity(CosineSimilarityOptions options = {});
};

}  // namespace keraslike::metrics

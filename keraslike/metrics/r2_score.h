#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/metrics/metric.h"

namespace keraslike::metrics {

// `class_aggregation`: "uniform_average", "variance_weighted_average", or none for a score per output. With
// `num_regressors` the score is adjusted for that many independent variables.
struct R2ScoreOptions {
  std::optional<std::string> class_aggregation = "uniform_average";
  int64_t num_regressors = 0;
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

// The coefficient of determination, 1 - sum of squared errors / squared deviation, of (samples, outputs).
class R2Score : public Metric {
 public:
  explicit R2Score(R2ScoreOptions options = {});
};

}  // namespace keraslike::metrics

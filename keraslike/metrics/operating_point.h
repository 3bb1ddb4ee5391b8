#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/metrics/metric.h"

namespace keraslike::metrics {

// The best of one rate among the thresholds where another is at least as asked. `class_id` looks at one class.
struct OperatingPointOptions {
  int64_t num_thresholds = 200;
  std::optional<int64_t> class_id = std::nullopt;
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

class SensitivityAtSpecificity : public Metric {
 public:
  explicit SensitivityAtSpecificity(double specificity, OperatingPointOptions options = {});
};

class SpecificityAtSensitivity : public Metric {
 public:
  explicit SpecificityAtSensitivity(double sensitivity, OperatingPointOptions options = {});
};

class PrecisionAtRecall : public Metric {
 public:
  explicit PrecisionAtRecall(double recall, OperatingPointOptions options = {});
};

class RecallAtPrecision : public Metric {
 public:
  explicit RecallAtPrecision(double precision, OperatingPointOptions options = {});
};

}  // namespace keraslike::metrics

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keraslike/metrics/metric.h"

namespace keraslike::metrics {

// Outputs above a threshold (0.5 where none is given) mean yes. With several thresholds the result is a vector.
struct ConfusionOptions {
  std::vector<double> thresholds = {};
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

class TruePositives : public Metric {
 public:
  explicit TruePositives(ConfusionOptions options = {});
};

class FalsePositives : public Metric {
 public:
  explicit FalsePositives(ConfusionOptions options = {});
};

class TrueNegatives : public Metric {
 public:
  explicit TrueNegatives(ConfusionOptions options = {});
};

class FalseNegatives : public Metric {
 public:
  explicit FalseNegatives(ConfusionOptions options = {});
};

// `top_k` looks at the k greatest outputs of each sample only, without a threshold unless one is given; `class_id`
// looks at one class. Both want one-hot or multi-hot targets.
struct PrecisionOptions {
  std::vector<double> thresholds = {};
  std::optional<int64_t> top_k = std::nullopt;
  std::optional<int64_t> class_id = std::nullopt;
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

// True positives / (true positives + false positives), over all classes together.
class Precision : public Metric {
 public:
  explicit Precision(PrecisionOptions options = {});
};

using RecallOptions = PrecisionOptions;

// True positives / (true positives + false negatives), over all classes together.
class Recall : public Metric {
 public:
  explicit Recall(RecallOptions options = {});
};

}  // namespace keraslike::metrics

#pragma once

#include <optional>
#include <string>

#include "keraslike/metrics/metric.h"

namespace keraslike::metrics {

// Targets and outputs are (samples, classes), targets one-hot or multi-hot. Without `threshold` the greatest output of
// a sample means yes. `average`: none for a result per class, "micro" over all classes together, "macro" for the plain
// mean of the classes, "weighted" by how often each occurs.
struct FBetaScoreOptions {
  std::optional<std::string> average = std::nullopt;
  double beta = 1.0;
  std::optional<double> threshold = std::nullopt;
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

// (1 + beta^2) precision recall / (beta^2 precision + recall)
class FBetaScore : public Metric {
 public:
  explicit FBetaScore(FBetaScoreOptions options = {});
};

struct F1ScoreOptions {
  std::optional<std::string> average = std::nullopt;
  std::optional<double> threshold = std::nullopt;
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

// The harmonic mean of precision and recall.
class F1Score : public Metric {
 public:
  explicit F1Score(F1ScoreOptions options = {});
};

}  // namespace keraslike::metrics

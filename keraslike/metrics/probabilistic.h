#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/metrics/metric.h"
#include "keraslike/metrics/options.h"

namespace keraslike::metrics {

// The losses of these names, averaged over an epoch.

struct BinaryCrossentropyOptions {
  bool from_logits = false;
  double label_smoothing = 0.0;
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

class BinaryCrossentropy : public Metric {
 public:
  explicit BinaryCrossentropy(BinaryCrossentropyOptions options = {});
};

struct CategoricalCrossentropyOptions {
  bool from_logits = false;
  double label_smoothing = 0.0;
  int64_t axis = -1;
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

class CategoricalCrossentropy : public Metric {
 public:
  explicit CategoricalCrossentropy(CategoricalCrossentropyOptions options = {});
};

// As in Keras 3.15, samples of `ignore_class` count as 0 in the mean, unless sample weights are given: then not at all.
struct SparseCategoricalCrossentropyOptions {
  bool from_logits = false;
  std::optional<int64_t> ignore_class = std::nullopt;
  int64_t axis = -1;
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

class SparseCategoricalCrossentropy : public Metric {
 public:
  explicit SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions options = {});
};

class KLDivergence : public Metric {
 public:
  explicit KLDivergence(MetricOptions options = {});
};

class Poisson : public Metric {
 public:
  explicit Poisson(MetricOptions options = {});
};

}  // namespace keraslike::metrics

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/metrics/metric.h"
#include "keraslike/metrics/options.h"

namespace keraslike::metrics {

// How often outputs equal targets.
class Accuracy : public Metric {
 public:
  explicit Accuracy(MetricOptions options = {});
};

// 1 where (y_pred > threshold) equals the target, which is 0 or 1. Per element.
at::Tensor binary_accuracy(const at::Tensor& y_true, const at::Tensor& y_pred, double threshold = 0.5);

struct BinaryAccuracyOptions {
  double threshold = 0.5;
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

class BinaryAccuracy : public Metric {
 public:
  explicit BinaryAccuracy(BinaryAccuracyOptions options = {});
};

// 1 where the greatest output is at the place of the greatest target.
at::Tensor categorical_accuracy(const at::Tensor& y_true, const at::Tensor& y_pred);

class CategoricalAccuracy : public Metric {
 public:
  explicit CategoricalAccuracy(MetricOptions options = {});
};

// 1 where the greatest output is at the place that the target names. Targets are (batch, ...) or (batch, ..., 1).
at::Tensor sparse_categorical_accuracy(const at::Tensor& y_true, const at::Tensor& y_pred);

class SparseCategoricalAccuracy : public Metric {
 public:
  explicit SparseCategoricalAccuracy(MetricOptions options = {});
};

// 1 where the output of the target's class is among the k greatest; ties count as in.
at::Tensor top_k_categorical_accuracy(const at::Tensor& y_true, const at::Tensor& y_pred, int64_t k = 5);

struct TopKCategoricalAccuracyOptions {
  int64_t k = 5;
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

class TopKCategoricalAccuracy : public Metric {
 public:
  explicit TopKCategoricalAccuracy(TopKCategoricalAccuracyOptions options = {});
};

// The same for targets that are class numbers. With `from_sorted_ids` the outputs are not scores but class numbers, the
// likeliest first.
at::Tensor sparse_top_k_categorical_accuracy(const at::Tensor& y_true, const at::Tensor& y_pred, int64_t k = 5,
                                             bool from_sorted_ids = false);

struct SparseTopKCategoricalAccuracyOptions {
  int64_t k = 5;
  bool from_sorted_ids = false;
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

class SparseTopKCategoricalAccuracy : public Metric {
 public:
  explicit SparseTopKCategoricalAccuracy(SparseTopKCategoricalAccuracyOptions options = {});
};

}  // namespace keraslike::metrics

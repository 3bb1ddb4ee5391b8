#include "keraslike/metrics/accuracy.h"

#include <utility>

#include <ATen/core/Tensor.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/topk.h>

#include "keraslike/losses/checks.h"
#include "keraslike/losses/reduction.h"
#include "keraslike/metrics/mean.h"
#include "keraslike/saving/fields.h"

namespace keraslike::metrics {

namespace {

at::Tensor accuracy(const at::Tensor& y_true, const at::Tensor& y_pred) {
  const auto [targets, outputs] = losses::align(y_true.to(y_pred.scalar_type()), y_pred);
  return (targets == outputs).to(at::kFloat);
}

// Class numbers of (batch, ...) or (batch, ..., 1) without the axis of 1.
at::Tensor without_class_axis(const at::Tensor& y_true, const at::Tensor& y_pred) {
  return y_true.dim() == y_pred.dim() && y_true.size(-1) == 1 ? y_true.squeeze(-1) : y_true;
}

// Whether the score at `labels` is no less than the k-th greatest; (...) from (...) and (..., classes).
at::Tensor in_top_k(const at::Tensor& labels, const at::Tensor& scores, int64_t k) {
  const at::Tensor least = std::get<0>(at::topk(scores, k, -1)).select(-1, k - 1);
  return at::gather(scores, -1, labels.unsqueeze(-1)).squeeze(-1) >= least;
}

void check_k(const std::string& owner, int64_t k, const Shape& y_pred) {
  if (k <= 0) throw ValueError("{} expects `k` to be positive. Received: k={}.", owner, k);
  if (y_pred.back() < 0 || k <= y_pred.back()) return;
  throw ValueError("{} expects `k` to be at most the number of classes. Received: k={}, y_pred.shape={}.", owner, k,
                   y_pred);
}

}  // namespace

at::Tensor binary_accuracy(const at::Tensor& y_true, const at::Tensor& y_pred, double threshold) {
  const auto [targets, outputs] = losses::align(y_true, y_pred);
  return (targets == (outputs > threshold)).to(at::kFloat);
}

at::Tensor categorical_accuracy(const at::Tensor& y_true, const at::Tensor& y_pred) {
  return (y_true.argmax(-1) == y_pred.argmax(-1)).to(at::kFloat);
}

at::Tensor sparse_categorical_accuracy(const at::Tensor& y_true, const at::Tensor& y_pred) {
  return (without_class_axis(y_true, y_pred) == y_pred.argmax(-1)).to(at::kFloat);
}

at::Tensor top_k_categorical_accuracy(const at::Tensor& y_true, const at::Tensor& y_pred, int64_t k) {
  check_k("top_k_categorical_accuracy", k, losses::shape_of(y_pred));
  return in_top_k(y_true.argmax(-1), y_pred, k).to(at::kFloat);
}

at::Tensor sparse_top_k_categorical_accuracy(const at::Tensor& y_true, const at::Tensor& y_pred, int64_t k,
                                             bool from_sorted_ids) {
  check_k("sparse_top_k_categorical_accuracy", k, losses::shape_of(y_pred));
  const at::Tensor labels = without_class_axis(y_true, y_pred);
  if (!from_sorted_ids) return in_top_k(labels.to(at::kLong), y_pred, k).to(at::kFloat);
  return (labels.unsqueeze(-1) == y_pred.narrow(-1, 0, k)).any(-1).to(at::kFloat);
}

namespace {

class AccuracyImpl final : public MeanMetricImpl {
 public:
  explicit AccuracyImpl(MetricOptions options = {})
      : MeanMetricImpl(name_or(std::move(options.name), "accuracy"), options.dtype) {}
  Direction direction() const override { return Direction::Up; }
  at::Tensor values(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return accuracy(y_true, y_pred);
  }
};

class BinaryAccuracyImpl final : public MeanMetricImpl {
 public:
  explicit BinaryAccuracyImpl(BinaryAccuracyOptions options = {})
      : MeanMetricImpl(name_or(std::move(options.name), "binary_accuracy"), options.dtype),
        threshold_(options.threshold) {}

  void fields(Fields& field) override {
    MetricImpl::fields(field);
    field("threshold", threshold_);
  }

  Direction direction() const override { return Direction::Up; }
  at::Tensor values(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return binary_accuracy(y_true, y_pred, threshold_);
  }

 private:
  double threshold_;
};

class CategoricalAccuracyImpl final : public MeanMetricImpl {
 public:
  explicit CategoricalAccuracyImpl(MetricOptions options = {})
      : MeanMetricImpl(name_or(std::move(options.name), "categorical_accuracy"), options.dtype) {}
  Direction direction() const override { return Direction::Up; }
  at::Tensor values(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return categorical_accuracy(y_true, y_pred);
  }
  void check_shapes(const Shape& y_true, const Shape& y_pred) const override {
    losses::check_one_hot("CategoricalAccuracy", "sparse_categorical_accuracy", "binary_accuracy", y_true, y_pred);
  }
};

class SparseCategoricalAccuracyImpl final : public MeanMetricImpl {
 public:
  explicit SparseCategoricalAccuracyImpl(MetricOptions options = {})
      : MeanMetricImpl(name_or(std::move(options.name), "sparse_categorical_accuracy"), options.dtype) {}
  Direction direction() const override { return Direction::Up; }
  at::Tensor values(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return sparse_categorical_accuracy(y_true, y_pred);
  }
  void check_shapes(const Shape& y_true, const Shape& y_pred) const override {
    losses::check_labels("SparseCategoricalAccuracy", "categorical_accuracy", y_true, y_pred, -1);
  }
};

class TopKCategoricalAccuracyImpl final : public MeanMetricImpl {
 public:
  explicit TopKCategoricalAccuracyImpl(TopKCategoricalAccuracyOptions options = {})
      : MeanMetricImpl(name_or(std::move(options.name), "top_k_categorical_accuracy"), options.dtype), k_(options.k) {}

  void fields(Fields& field) override {
    MetricImpl::fields(field);
    field("k", k_);
  }

  Direction direction() const override { return Direction::Up; }
  at::Tensor values(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return top_k_categorical_accuracy(y_true, y_pred, k_);
  }
  void check_shapes(const Shape& y_true, const Shape& y_pred) const override {
    losses::check_one_hot("TopKCategoricalAccuracy", "sparse_top_k_categorical_accuracy", "binary_accuracy", y_true,
                          y_pred);
    check_k("TopKCategoricalAccuracy", k_, y_pred);
  }

 private:
  int64_t k_;
};

class SparseTopKCategoricalAccuracyImpl final : public MeanMetricImpl {
 public:
  explicit SparseTopKCategoricalAccuracyImpl(SparseTopKCategoricalAccuracyOptions options = {})
      : MeanMetricImpl(name_or(std::move(options.name), "sparse_top_k_categorical_accuracy"), options.dtype),
        k_(options.k),
        from_sorted_ids_(options.from_sorted_ids) {}

  void fields(Fields& field) override {
    MetricImpl::fields(field);
    field("k", k_);
    // Keras leaves the key out where it is false, for readers that do not know it.
    if (field.is_reading() || from_sorted_ids_) field("from_sorted_ids", from_sorted_ids_);
  }

  Direction direction() const override { return Direction::Up; }
  at::Tensor values(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return sparse_top_k_categorical_accuracy(y_true, y_pred, k_, from_sorted_ids_);
  }
  void check_shapes(const Shape& y_true, const Shape& y_pred) const override {
    losses::check_labels("SparseTopKCategoricalAccuracy", "top_k_categorical_accuracy", y_true, y_pred, -1);
    check_k("SparseTopKCategoricalAccuracy", k_, y_pred);
  }

 private:
  int64_t k_;
  bool from_sorted_ids_;
};

}  // namespace

Accuracy::Accuracy(MetricOptions options) : Metric(std::make_shared<AccuracyImpl>(std::move(options))) {}
BinaryAccuracy::BinaryAccuracy(BinaryAccuracyOptions options)
    : Metric(std::make_shared<BinaryAccuracyImpl>(std::move(options))) {}
CategoricalAccuracy::CategoricalAccuracy(MetricOptions options)
    : Metric(std::make_shared<CategoricalAccuracyImpl>(std::move(options))) {}
SparseCategoricalAccuracy::SparseCategoricalAccuracy(MetricOptions options)
    : Metric(std::make_shared<SparseCategoricalAccuracyImpl>(std::move(options))) {}
TopKCategoricalAccuracy::TopKCategoricalAccuracy(TopKCategoricalAccuracyOptions options)
    : Metric(std::make_shared<TopKCategoricalAccuracyImpl>(std::move(options))) {}
SparseTopKCategoricalAccuracy::SparseTopKCategoricalAccuracy(SparseTopKCategoricalAccuracyOptions options)
    : Metric(std::make_shared<SparseTopKCategoricalAccuracyImpl>(std::move(options))) {}

void register_accuracies(Registry<MetricImpl>& metrics) {
  metrics.add<AccuracyImpl>("Accuracy");
  metrics.add<BinaryAccuracyImpl>("BinaryAccuracy");
  metrics.add<CategoricalAccuracyImpl>("CategoricalAccuracy");
  metrics.add<SparseCategoricalAccuracyImpl>("SparseCategoricalAccuracy");
  metrics.add<TopKCategoricalAccuracyImpl>("TopKCategoricalAccuracy");
  metrics.add<SparseTopKCategoricalAccuracyImpl>("SparseTopKCategoricalAccuracy");
}

}  // namespace keraslike::metrics

#include "keraslike/metrics/probabilistic.h"

#include <utility>

#include <ATen/core/Tensor.h>

#include "keraslike/losses/checks.h"
#include "keraslike/losses/crossentropy_impl.h"
#include "keraslike/losses/probabilistic.h"
#include "keraslike/metrics/error_impl.h"
#include "keraslike/saving/fields.h"

namespace keraslike::metrics {

namespace {

class BinaryCrossentropyImpl final : public ErrorImpl {
 public:
  explicit BinaryCrossentropyImpl(BinaryCrossentropyOptions options = {})
      : ErrorImpl({options.dtype, options.name}, "binary_crossentropy"),
        arguments_{options.from_logits, options.label_smoothing} {}

  void fields(Fields& field) override {
    MetricImpl::fields(field);
    field("from_logits", arguments_.from_logits);
    field("label_smoothing", arguments_.label_smoothing);
  }

  at::Tensor values(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return losses::binary_crossentropy(y_true, y_pred, arguments_);
  }

 private:
  losses::CrossentropyArguments arguments_;
};

class CategoricalCrossentropyImpl final : public ErrorImpl {
 public:
  explicit CategoricalCrossentropyImpl(CategoricalCrossentropyOptions options = {})
      : ErrorImpl({options.dtype, options.name}, "categorical_crossentropy"),
        arguments_{options.from_logits, options.label_smoothing, options.axis} {}

  void fields(Fields& field) override {
    MetricImpl::fields(field);
    losses::crossentropy_fields(field, arguments_);
  }

  at::Tensor values(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return losses::categorical_crossentropy(y_true, y_pred, arguments_);
  }

  void check_shapes(const Shape& y_true, const Shape& y_pred) const override {
    losses::check_one_hot("CategoricalCrossentropy", "sparse_categorical_crossentropy", "binary_crossentropy", y_true,
                          y_pred, arguments_.axis);
  }

 private:
  losses::CrossentropyArguments arguments_;
};

class SparseCategoricalCrossentropyImpl final : public ErrorImpl {
 public:
  explicit SparseCategoricalCrossentropyImpl(SparseCategoricalCrossentropyOptions options = {})
      : ErrorImpl({options.dtype, options.name}, "sparse_categorical_crossentropy"),
        arguments_{options.from_logits, options.ignore_class, options.axis} {}

  void fields(Fields& field) override {
    MetricImpl::fields(field);
    losses::sparse_crossentropy_fields(field, arguments_);
  }

  at::Tensor values(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return losses::sparse_categorical_crossentropy(y_true, y_pred, arguments_);
  }

  at::Tensor value_mask(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return losses::valid_labels(y_true, y_pred, arguments_);
  }

  void check_shapes(const Shape& y_true, const Shape& y_pred) const override {
    losses::check_labels("SparseCategoricalCrossentropy", "categorical_crossentropy", y_true, y_pred, arguments_.axis);
  }

 private:
  losses::SparseCrossentropyArguments arguments_;
};

class KLDivergenceImpl final : public ErrorImpl {
 public:
  explicit KLDivergenceImpl(MetricOptions options = {}) : ErrorImpl(std::move(options), "kl_divergence") {}
  at::Tensor values(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return losses::kl_divergence(y_true, y_pred);
  }
};

class PoissonImpl final : public ErrorImpl {
 public:
  explicit PoissonImpl(MetricOptions options = {}) : ErrorImpl(std::move(options), "poisson") {}
  at::Tensor values(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return losses::poisson(y_true, y_pred);
  }
};

}  // namespace

BinaryCrossentropy::BinaryCrossentropy(BinaryCrossentropyOptions options)
    : Metric(std::make_shared<BinaryCrossentropyImpl>(std::move(options))) {}
CategoricalCrossentropy::CategoricalCrossentropy(CategoricalCrossentropyOptions options)
    : Metric(std::make_shared<CategoricalCrossentropyImpl>(std::move(options))) {}
SparseCategoricalCrossentropy::SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions options)
    : Metric(std::make_shared<SparseCategoricalCrossentropyImpl>(std::move(options))) {}
KLDivergence::KLDivergence(MetricOptions options) : Metric(std::make_shared<KLDivergenceImpl>(std::move(options))) {}
Poisson::Poisson(MetricOptions options) : Metric(std::make_shared<PoissonImpl>(std::move(options))) {}

void register_probabilistic(Registry<MetricImpl>& metrics) {
  metrics.add<BinaryCrossentropyImpl>("BinaryCrossentropy", {"bce", "BCE"});
  metrics.add<CategoricalCrossentropyImpl>("CategoricalCrossentropy");
  metrics.add<SparseCategoricalCrossentropyImpl>("SparseCategoricalCrossentropy");
  metrics.add<KLDivergenceImpl>("KLDivergence");
  metrics.add<PoissonImpl>("Poisson");
}

}  // namespace keraslike::metrics

#include "keraslike/metrics/hinge.h"

#include <utility>

#include <ATen/core/Tensor.h>

#include "keraslike/losses/hinge.h"
#include "keraslike/metrics/error_impl.h"

namespace keraslike::metrics {

namespace {

class HingeImpl final : public ErrorImpl {
 public:
  explicit HingeImpl(MetricOptions options = {}) : ErrorImpl(std::move(options), "hinge") {}
  at::Tensor values(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return losses::hinge(y_true, y_pred);
  }
};

class SquaredHingeImpl final : public ErrorImpl {
 public:
  explicit SquaredHingeImpl(MetricOptions options = {}) : ErrorImpl(std::move(options), "squared_hinge") {}
  at::Tensor values(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return losses::squared_hinge(y_true, y_pred);
  }
};

class CategoricalHingeImpl final : public ErrorImpl {
 public:
  explicit CategoricalHingeImpl(MetricOptions options = {}) : ErrorImpl(std::move(options), "categorical_hinge") {}
  at::Tensor values(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return losses::categorical_hinge(y_true, y_pred);
  }
};

}  // namespace

Hinge::Hinge(MetricOptions options) : Metric(std::make_shared<HingeImpl>(std::move(options))) {}
SquaredHinge::SquaredHinge(MetricOptions options) : Metric(std::make_shared<SquaredHingeImpl>(std::move(options))) {}
CategoricalHinge::CategoricalHinge(MetricOptions options)
    : Metric(std::make_shared<CategoricalHingeImpl>(std::move(options))) {}

void register_hinges(Registry<MetricImpl>& metrics) {
  metrics.add<HingeImpl>("Hinge");
  metrics.add<SquaredHingeImpl>("SquaredHinge");
  metrics.add<CategoricalHingeImpl>("CategoricalHinge");
}

}  // namespace keraslike::metrics

#include "keraslike/metrics/correlation.h"

#include <utility>

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/square.h>
#include <ATen/ops/var.h>

#include "keraslike/losses/numeric.h"
#include "keraslike/metrics/mean.h"
#include "keraslike/saving/fields.h"

namespace keraslike::metrics {

namespace {

using at::Tensor;

Tensor centred(const Tensor& values, const std::vector<int64_t>& axis) { return values - values.mean(axis, true); }

Tensor variance(const Tensor& values, const std::vector<int64_t>& axis) {
  return at::var(values, axis, /*unbiased=*/false, /*keepdim=*/true);
}

}  // namespace

Tensor pearson_correlation(const Tensor& y_true, const Tensor& y_pred, const Axes& axis) {
  const auto [targets, outputs] = losses::aligned_floats(y_true, y_pred);
  const auto axes = axis.in_rank(outputs.dim(), "pearson_correlation");
  const Tensor deviation = centred(targets, axes);
  const Tensor other = centred(outputs, axes);
  return (deviation / variance(deviation, axes).sqrt() * (other / variance(other, axes).sqrt())).mean(axes);
}

Tensor concordance_correlation(const Tensor& y_true, const Tensor& y_pred, const Axes& axis) {
  const auto [targets, outputs] = losses::aligned_floats(y_true, y_pred);
  const auto axes = axis.in_rank(outputs.dim(), "concordance_correlation");
  const Tensor target_mean = targets.mean(axes, true);
  const Tensor output_mean = outputs.mean(axes, true);
  const Tensor spread = variance(targets - target_mean, axes) + variance(outputs - output_mean, axes);
  const Tensor covariance = (targets - output_mean) * (outputs - output_mean);
  return (2.0 * covariance / (spread + at::square(target_mean - output_mean) + kEpsilon)).mean(axes);
}

namespace {

using Correlation = Tensor (*)(const Tensor& y_true, const Tensor& y_pred, const Axes& axis);

template <Correlation kFunction>
class CorrelationImpl : public MeanMetricImpl {
 public:
  CorrelationImpl(PearsonCorrelationOptions options, const std::string& default_name)
      : MeanMetricImpl(name_or(std::move(options.name), default_name), options.dtype), axis_(std::move(options.axis)) {}

  void fields(Fields& field) override {
    MetricImpl::fields(field);
    field("axis", axis_);
  }

  Direction direction() const override { return Direction::Up; }
  Tensor values(const Tensor& y_true, const Tensor& y_pred) const override { return kFunction(y_true, y_pred, axis_); }

 private:
  Axes axis_;
};

class PearsonCorrelationImpl final : public CorrelationImpl<pearson_correlation> {
 public:
  explicit PearsonCorrelationImpl(PearsonCorrelationOptions options = {})
      : CorrelationImpl(std::move(options), "pearson_correlation") {}
};

class ConcordanceCorrelationImpl final : public CorrelationImpl<concordance_correlation> {
 public:
  explicit ConcordanceCorrelationImpl(ConcordanceCorrelationOptions options = {})
      : CorrelationImpl(std::move(options), "concordance_correlation") {}
};

}  // namespace

PearsonCorrelation::PearsonCorrelation(PearsonCorrelationOptions options)
    : Metric(std::make_shared<PearsonCorrelationImpl>(std::move(options))) {}
ConcordanceCorrelation::ConcordanceCorrelation(ConcordanceCorrelationOptions options)
    : Metric(std::make_shared<ConcordanceCorrelationImpl>(std::move(options))) {}

void register_correlations(Registry<MetricImpl>& metrics) {
  metrics.add<PearsonCorrelationImpl>("PearsonCorrelation");
  metrics.add<ConcordanceCorrelationImpl>("ConcordanceCorrelation");
}

}  // namespace keraslike::metrics

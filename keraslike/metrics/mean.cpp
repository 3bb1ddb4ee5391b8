#include "keraslike/metrics/mean.h"

#include <numeric>
#include <utility>
#include <vector>

#include <ATen/core/grad_mode.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include "keraslike/losses/checks.h"
#include "keraslike/losses/reduction.h"
#include "keraslike/metrics/reduction.h"
#include "keraslike/saving/fields.h"
#include "keraslike/saving/named_function.h"

namespace keraslike::metrics {

namespace {

bool is_plain_float(const at::Tensor& tensor) { return tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat; }

at::Tensor reduce_axes(const at::Tensor& values, int64_t first, Reduction reduction) {
  if (values.dim() <= first) return values;
  std::vector<int64_t> axes(static_cast<size_t>(values.dim() - first));
  std::iota(axes.begin(), axes.end(), first);
  return reduction == Reduction::Mean ? values.mean(axes) : values.sum(axes);
}

[[noreturn]] void refuse_targets(const MetricImpl& metric) {
  throw ValueError(
      "{} averages or adds values and does not compare targets with outputs, so `compile` can not use it. Received: "
      "name='{}'. Use a metric of (y_true, y_pred), or MeanMetricWrapper with a function of yours.",
      class_name_of(metric), metric.name());
}

}  // namespace

void RunningSum::add(const at::Tensor& scalar, at::ScalarType type, double weight) {
  if (!sum_.defined()) {
    const c10::InferenceMode off(false);  // the sum outlives a caller's inference mode
    sum_ = at::zeros({}, scalar.options().dtype(type).requires_grad(false));
  }
  if (is_plain_float(scalar) && is_plain_float(sum_)) {
    const float product = *scalar.data_ptr<float>() * static_cast<float>(weight);
    *sum_.data_ptr<float>() += product;
    return;
  }
  const at::NoGradGuard no_gradient;
  const at::Tensor value = scalar.detach().to(sum_.device(), sum_.scalar_type());
  sum_.add_(weight == 1.0 ? value : value * weight);
}

at::Tensor RunningSum::value(at::ScalarType type) const { return sum_.defined() ? sum_.clone() : at::zeros({}, type); }

SamplewiseValues reduce_to_samplewise_values(const at::Tensor& values, const at::Tensor& sample_weight,
                                             Reduction reduction, at::ScalarType type) {
  SamplewiseValues result{values.to(type), sample_weight};
  if (sample_weight.defined()) {
    std::tie(result.values, result.sample_weight) = losses::align(result.values, sample_weight.to(type));
    const int64_t weight_rank = result.sample_weight.dim();
    result.values = reduce_axes(result.values, weight_rank, reduction);
    result.sample_weight = result.sample_weight.expand(result.values.sizes());
    result.values = result.values * result.sample_weight;
    if (weight_rank > 1) result.sample_weight = reduce_axes(result.sample_weight, 1, reduction);
  }
  result.values = reduce_axes(result.values, 1, reduction);
  return result;
}

void MeanImpl::update(const at::Tensor& value, double weight) {
  total_.add(value, type_of(*this), weight);
  count(weight);
}

void MeanImpl::count(double samples) {
  count_ += samples;
  if (dtype() != DType::Float64) count_ = static_cast<double>(static_cast<float>(count_));
}

void MeanImpl::add(const at::Tensor& values, const at::Tensor& sample_weight) {
  const at::NoGradGuard no_gradient;
  const auto samples = reduce_to_samplewise_values(values, sample_weight, Reduction::Mean, type_of(*this));
  total_.add(samples.values.dim() == 0 ? samples.values : samples.values.sum(), type_of(*this));
  if (samples.sample_weight.defined()) {
    weights_.add(samples.sample_weight.sum(), type_of(*this));
  } else {
    count(samples.values.dim() == 0 ? 1.0 : static_cast<double>(samples.values.size(0)));
  }
}

void MeanImpl::update_state(const at::Tensor&, const at::Tensor&, const at::Tensor&) { refuse_targets(*this); }
void MeanImpl::check_shapes(const Shape&, const Shape&) const { refuse_targets(*this); }

at::Tensor MeanImpl::result() const {
  const at::NoGradGuard no_gradient;
  const at::Tensor total = total_.value(type_of(*this));
  if (!weights_.is_empty()) return losses::divide_no_nan(total, weights_.value(type_of(*this)) + count_);
  return count_ == 0.0 ? at::zeros({}, total.options()) : total / count_;
}

void MeanImpl::reset_state() {
  total_.reset();
  weights_.reset();
  count_ = 0.0;
}

void MeanMetricImpl::update_state(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight) {
  update_masked(y_true, y_pred, sample_weight, {});
}

void MeanMetricImpl::update_masked(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight,
                                   const at::Tensor& mask) {
  const at::NoGradGuard no_gradient;
  at::Tensor weight = losses::apply_mask(sample_weight, mask, "sum", type_of(*this));
  if (weight.defined()) weight = losses::apply_mask(weight, value_mask(y_true, y_pred), "sum", type_of(*this));
  add(values(y_true, y_pred), weight);
}

void MeanMetricImpl::check_shapes(const Shape& y_true, const Shape& y_pred) const {
  losses::check_same_shape(class_name_of(*this), y_true, y_pred);
}

namespace {

class SumImpl final : public MetricImpl {
 public:
  explicit SumImpl(MetricOptions options = {})
      : MetricImpl(name_or(std::move(options.name), "sum"), options.dtype) {}

  void add(const at::Tensor& values, const at::Tensor& sample_weight) {
    const at::NoGradGuard no_gradient;
    const auto samples = reduce_to_samplewise_values(values, sample_weight, Reduction::Sum, type_of(*this));
    total_.add(samples.values.sum(), type_of(*this));
  }

  void update_state(const at::Tensor&, const at::Tensor&, const at::Tensor&) override { refuse_targets(*this); }
  void check_shapes(const Shape&, const Shape&) const override { refuse_targets(*this); }
  at::Tensor result() const override { return total_.value(type_of(*this)); }
  void reset_state() override { total_.reset(); }

 private:
  RunningSum total_;
};

class MeanMetricWrapperImpl final : public MeanMetricImpl, public saving::NamedFunction {
 public:
  MeanMetricWrapperImpl(Metric::Function function, const std::string& name,
                        const std::optional<DTypePolicy>& dtype = {})
      : MeanMetricImpl(name, dtype), function_(std::move(function)) {
    if (!function_) {
      throw ValueError("MeanMetricWrapper expects a function of (y_true, y_pred). Received an empty one.");
    }
  }

  void fields(Fields&) override {
    throw ValueError(
        "A metric that is a function of yours is saved by its name, and '{}' is not registered. Register it once: "
        "register_function<Metric>(\"my_package\", \"my_metric\", function).",
        name_);
  }

  at::Tensor values(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return function_(y_true, y_pred);
  }

  void check_shapes(const Shape&, const Shape&) const override {}

 private:
  Metric::Function function_;
};

}  // namespace

std::shared_ptr<MetricImpl> Metric::from(Function function) {
  return std::make_shared<MeanMetricWrapperImpl>(std::move(function), "function");
}

MeanMetricWrapper::MeanMetricWrapper(Function function, MetricOptions options)
    : Metric(
          std::make_shared<MeanMetricWrapperImpl>(std::move(function), name_or(std::move(options.name), "function"),
                                                  options.dtype)) {}

Mean::Mean(MetricOptions options) : Metric(std::make_shared<MeanImpl>(std::move(options))) {}
void Mean::update_state(const at::Tensor& values) const { update_state(values, {}); }
void Mean::update_state(const at::Tensor& values, const at::Tensor& sample_weight) const {
  static_cast<MeanImpl&>(*impl_).add(values, sample_weight);
}

Sum::Sum(MetricOptions options) : Metric(std::make_shared<SumImpl>(std::move(options))) {}
void Sum::update_state(const at::Tensor& values) const { update_state(values, {}); }
void Sum::update_state(const at::Tensor& values, const at::Tensor& sample_weight) const {
  static_cast<SumImpl&>(*impl_).add(values, sample_weight);
}

void register_reductions(Registry<MetricImpl>& metrics) {
  metrics.add<MeanImpl>("Mean");
  metrics.add<SumImpl>("Sum");
}

}  // namespace keraslike::metrics

#pragma once

// The running mean that most metrics are, and the loss tracker of the training loop. For sources.

#include <string>

#include <ATen/core/Tensor.h>

#include "keraslike/metrics/metric_impl.h"

namespace keraslike::metrics {

// A sum that stays on the device of what is added.
class RunningSum {
 public:
  void add(const at::Tensor& scalar, at::ScalarType type, double weight = 1.0);
  at::Tensor value(at::ScalarType type) const;  // a copy; 0 before anything was added
  bool is_empty() const { return !sum_.defined(); }
  void reset() { sum_.reset(); }

 private:
  at::Tensor sum_;
};

// Values and weights per sample as Keras' `Mean` and `Sum` see them: all axes beyond the first reduced.
struct SamplewiseValues {
  at::Tensor values;
  at::Tensor sample_weight;  // undefined where none was given
};
enum class Reduction { Mean, Sum };
SamplewiseValues reduce_to_samplewise_values(const at::Tensor& values, const at::Tensor& sample_weight,
                                             Reduction reduction, at::ScalarType type);

class MeanImpl : public MetricImpl {
 public:
  explicit MeanImpl(MetricOptions options = {}) : MetricImpl(name_or(std::move(options.name), "mean"), options.dtype) {}
  explicit MeanImpl(std::string name, const std::optional<DTypePolicy>& dtype = {})
      : MetricImpl(std::move(name), dtype) {}

  // Adds one number, a scalar tensor, as if it came `weight` times: no allocation on the CPU, no wait on a device.
  void update(const at::Tensor& value, double weight);

  // Adds a batch of values; `sample_weight` may be undefined.
  void add(const at::Tensor& values, const at::Tensor& sample_weight);

  void update_state(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight) override;
  at::Tensor result() const override;
  void reset_state() override;
  void check_shapes(const Shape& y_true, const Shape& y_pred) const override;

 private:
  void count(double samples);

  RunningSum total_;
  RunningSum weights_;  // of samples with weights, which only the device knows
  double count_ = 0.0;  // of the others, rounded as Keras counts
};

// The mean of a function of targets and outputs.
class MeanMetricImpl : public MeanImpl {
 public:
  using MeanImpl::MeanImpl;

  virtual at::Tensor values(const at::Tensor& y_true, const at::Tensor& y_pred) const = 0;

  // Where this is defined, samples that it makes false get no weight; Keras asks only where there are weights.
  virtual at::Tensor value_mask(const at::Tensor&, const at::Tensor&) const { return {}; }

  void update_state(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight) override;
  void update_masked(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight,
                     const at::Tensor& mask) override;
  void check_shapes(const Shape& y_true, const Shape& y_pred) const override;
};

}  // namespace keraslike::metrics

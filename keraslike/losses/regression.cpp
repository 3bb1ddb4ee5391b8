#include "keraslike/losses/regression.h"

#include <cmath>
#include <utility>

#include <ATen/core/Tensor.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/log.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/square.h>
#include <ATen/ops/where.h>

#include "keraslike/losses/loss_impl.h"
#include "keraslike/losses/numeric.h"
#include "keraslike/losses/plan.h"
#include "keraslike/saving/fields.h"

namespace keraslike::losses {

at::Tensor mean_squared_error(const at::Tensor& y_true, const at::Tensor& y_pred) {
  const auto [targets, outputs] = aligned_floats(y_true, y_pred);
  return at::square(targets - outputs).mean(-1);
}

at::Tensor mean_absolute_error(const at::Tensor& y_true, const at::Tensor& y_pred) {
  const auto [targets, outputs] = aligned_floats(y_true, y_pred);
  return at::abs(targets - outputs).mean(-1);
}

at::Tensor mean_absolute_percentage_error(const at::Tensor& y_true, const at::Tensor& y_pred) {
  const auto [targets, outputs] = aligned_floats(y_true, y_pred);
  const at::Tensor ratio = at::abs((targets - outputs) / maximum(at::abs(targets), kEpsilon));
  return 100.0 * ratio.mean(-1);
}

at::Tensor mean_squared_logarithmic_error(const at::Tensor& y_true, const at::Tensor& y_pred) {
  const auto [targets, outputs] = aligned_floats(y_true, y_pred);
  const at::Tensor log_outputs = at::log(maximum(outputs, kEpsilon) + 1.0);
  const at::Tensor log_targets = at::log(maximum(targets, kEpsilon) + 1.0);
  return at::square(log_outputs - log_targets).mean(-1);
}

at::Tensor log_cosh(const at::Tensor& y_true, const at::Tensor& y_pred) {
  const auto [targets, outputs] = aligned_floats(y_true, y_pred);
  const at::Tensor error = outputs - targets;
  return (error + at::softplus(error * -2.0) - std::log(2.0)).mean(-1);
}

at::Tensor huber(const at::Tensor& y_true, const at::Tensor& y_pred, double delta) {
  const auto [targets, outputs] = aligned_floats(y_true, y_pred);
  const at::Tensor error = outputs - targets;
  const at::Tensor size = at::abs(error);
  return at::where(size <= delta, 0.5 * at::square(error), delta * size - 0.5 * delta * delta).mean(-1);
}

at::Tensor cosine_similarity(const at::Tensor& y_true, const at::Tensor& y_pred, int64_t axis) {
  const auto [targets, outputs] = aligned_floats(y_true, y_pred);
  return -(normalize(targets, axis) * normalize(outputs, axis)).sum(axis);
}

namespace {

struct Square {
  static float value(float target, float output) { return (target - output) * (target - output); }
  static float slope(float target, float output) { return 2.0F * (output - target); }
};

struct Size {
  static float value(float target, float output) { return std::abs(target - output); }
  static float slope(float target, float output) {
    return static_cast<float>(output > target) - static_cast<float>(output < target);
  }
};

struct HuberPair {
  float value(float target, float output) const {
    const float size = std::abs(output - target);
    return size <= delta ? 0.5F * (size * size) : delta * size - 0.5F * delta * delta;
  }
  float slope(float target, float output) const {
    const float error = output - target;
    return std::abs(error) <= delta ? error : delta * Size::slope(target, output);
  }

  float delta;
};

class MeanSquaredErrorImpl final : public ElementwiseLossImpl {
 public:
  explicit MeanSquaredErrorImpl(LossOptions options = {})
      : ElementwiseLossImpl("mean_squared_error", std::move(options)) {}
  at::Tensor call(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return mean_squared_error(y_true, y_pred);
  }
  std::unique_ptr<PlannedLoss> plan() const override { return by_pairs(Square(), reduction()); }
};

class MeanAbsoluteErrorImpl final : public ElementwiseLossImpl {
 public:
  explicit MeanAbsoluteErrorImpl(LossOptions options = {})
      : ElementwiseLossImpl("mean_absolute_error", std::move(options)) {}
  at::Tensor call(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return mean_absolute_error(y_true, y_pred);
  }
  std::unique_ptr<PlannedLoss> plan() const override { return by_pairs(Size(), reduction()); }
};

class MeanAbsolutePercentageErrorImpl final : public ElementwiseLossImpl {
 public:
  explicit MeanAbsolutePercentageErrorImpl(LossOptions options = {})
      : ElementwiseLossImpl("mean_absolute_percentage_error", std::move(options)) {}
  at::Tensor call(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return mean_absolute_percentage_error(y_true, y_pred);
  }
};

class MeanSquaredLogarithmicErrorImpl final : public ElementwiseLossImpl {
 public:
  explicit MeanSquaredLogarithmicErrorImpl(LossOptions options = {})
      : ElementwiseLossImpl("mean_squared_logarithmic_error", std::move(options)) {}
  at::Tensor call(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return mean_squared_logarithmic_error(y_true, y_pred);
  }
};

class LogCoshImpl final : public ElementwiseLossImpl {
 public:
  explicit LogCoshImpl(LossOptions options = {}) : ElementwiseLossImpl("log_cosh", std::move(options)) {}
  at::Tensor call(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return log_cosh(y_true, y_pred);
  }
};

class HuberImpl final : public ElementwiseLossImpl {
 public:
  explicit HuberImpl(HuberOptions options = {})
      : ElementwiseLossImpl("huber_loss", {options.reduction, options.dtype, options.name}), delta_(options.delta) {}

  void fields(Fields& field) override {
    LossImpl::fields(field);
    field("delta", delta_);
  }

  at::Tensor call(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return huber(y_true, y_pred, delta_);
  }

  std::unique_ptr<PlannedLoss> plan() const override {
    return by_pairs(HuberPair{static_cast<float>(delta_)}, reduction());
  }

 private:
  double delta_;
};

class CosineSimilarityImpl final : public ElementwiseLossImpl {
 public:
  explicit CosineSimilarityImpl(CosineSimilarityOptions options = {})
      : ElementwiseLossImpl("cosine_similarity", {options.reduction, options.dtype, options.name}),
        axis_(options.axis) {}

  void fields(Fields& field) override {
    LossImpl::fields(field);
    field("axis", axis_);
  }

  at::Tensor call(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return losses::cosine_similarity(y_true, y_pred, axis_);
  }

 private:
  int64_t axis_;
};

}  // namespace

MeanSquaredError::MeanSquaredError(LossOptions options)
    : Loss(std::make_shared<MeanSquaredErrorImpl>(std::move(options))) {}
MeanAbsoluteError::MeanAbsoluteError(LossOptions options)
    : Loss(std::make_shared<MeanAbsoluteErrorImpl>(std::move(options))) {}
MeanAbsolutePercentageError::MeanAbsolutePercentageError(LossOptions options)
    : Loss(std::make_shared<MeanAbsolutePercentageErrorImpl>(std::move(options))) {}
MeanSquaredLogarithmicError::MeanSquaredLogarithmicError(LossOptions options)
    : Loss(std::make_shared<MeanSquaredLogarithmicErrorImpl>(std::move(options))) {}
LogCosh::LogCosh(LossOptions options) : Loss(std::make_shared<LogCoshImpl>(std::move(options))) {}
Huber::Huber(HuberOptions options) : Loss(std::make_shared<HuberImpl>(std::move(options))) {}
CosineSimilarity::CosineSimilarity(CosineSimilarityOptions options)
    : Loss(std::make_shared<CosineSimilarityImpl>(std::move(options))) {}

void register_regression(Registry<LossImpl>& losses) {
  losses.add<MeanSquaredErrorImpl>("MeanSquaredError", {"mse", "MSE"});
  losses.add<MeanAbsoluteErrorImpl>("MeanAbsoluteError", {"mae", "MAE"});
  losses.add<MeanAbsolutePercentageErrorImpl>("MeanAbsolutePercentageError", {"mape", "MAPE"});
  losses.add<MeanSquaredLogarithmicErrorImpl>("MeanSquaredLogarithmicError", {"msle", "MSLE"});
  losses.add<LogCoshImpl>("LogCosh");
  losses.add<HuberImpl>("Huber");
  losses.add<CosineSimilarityImpl>("CosineSimilarity");
}

}  // namespace keraslike::losses

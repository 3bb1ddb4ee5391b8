#include "keraslike/optimizers/schedules.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string_view>

#include <fmt/ranges.h>

#include "keraslike/saving/fields.h"
#include "keraslike/utils/dtype_policy.h"
#include "keraslike/utils/errors.h"

namespace keraslike::optimizers::schedules {

namespace {

void check_steps(std::string_view name, int64_t steps) {
  if (steps <= 0) throw ValueError("Argument `{0}` must be > 0. Received: {0}={1}", name, steps);
}

// Rates are computed in `floatx`, as in Keras: the last bits of a trajectory depend on it.
template <class Impl>
class ScheduleImpl : public LearningRateScheduleImpl {
 public:
  double call(int64_t step) const final {
    const auto& impl = static_cast<const Impl&>(*this);
    return utils::floatx() == DType::Float64 ? impl.template rate<double>(step) : impl.template rate<float>(step);
  }
};

class ExponentialDecayImpl final : public ScheduleImpl<ExponentialDecayImpl> {
 public:
  ExponentialDecayImpl() = default;
  ExponentialDecayImpl(double initial, int64_t steps, double rate, ExponentialDecayOptions options)
      : initial_(initial), steps_(steps), rate_(rate), options_(std::move(options)) {
    check_steps("decay_steps", steps_);
  }

  void fields(Fields& field) override {
    field("initial_learning_rate", initial_);
    field("decay_steps", steps_);
    field("decay_rate", rate_);
    field("staircase", options_.staircase);
    field("name", options_.name);
    check_steps("decay_steps", steps_);
  }

  template <class Real>
  Real rate(int64_t step) const {
    Real exponent = Real(step) / Real(steps_);
    if (options_.staircase) exponent = std::floor(exponent);
    return Real(initial_) * std::pow(Real(rate_), exponent);
  }

 private:
  double initial_ = 0.1;
  int64_t steps_ = 1;
  double rate_ = 1.0;
  ExponentialDecayOptions options_;
};

class PiecewiseConstantDecayImpl final : public ScheduleImpl<PiecewiseConstantDecayImpl> {
 public:
  PiecewiseConstantDecayImpl() = default;
  PiecewiseConstantDecayImpl(std::vector<int64_t> boundaries, std::vector<double> values,
                             PiecewiseConstantDecayOptions options)
      : boundaries_(std::move(boundaries)), values_(std::move(values)), options_(std::move(options)) {
    check();
  }

  void fields(Fields& field) override {
    field("boundaries", boundaries_);
    field("values", values_);
    field("name", options_.name);
    check();
  }

  template <class Real>
  Real rate(int64_t step) const {
    const auto interval = std::lower_bound(boundaries_.begin(), boundaries_.end(), step) - boundaries_.begin();
    return Real(values_[static_cast<size_t>(interval)]);
  }

 private:
  void check() const {
    if (boundaries_.size() + 1 != values_.size()) {
      throw ValueError(
          "The length of `boundaries` should be 1 less than the length of `values`. Received: boundaries={} of length "
          "{}, "
          "and values={} of length {}.",
          boundaries_, boundaries_.size(), values_, values_.size());
    }
    if (!std::is_sorted(boundaries_.begin(), boundaries_.end())) {
      throw ValueError("PiecewiseConstantDecay expects `boundaries` in rising order. Received: boundaries={}",
                       boundaries_);
    }
  }

  std::vector<int64_t> boundaries_;
  std::vector<double> values_{0.1};
  PiecewiseConstantDecayOptions options_;
};

class PolynomialDecayImpl final : public ScheduleImpl<PolynomialDecayImpl> {
 public:
  PolynomialDecayImpl() = default;
  PolynomialDecayImpl(double initial, int64_t steps, PolynomialDecayOptions options)
      : initial_(initial), steps_(steps), options_(std::move(options)) {
    check_steps("decay_steps", steps_);
  }

  void fields(Fields& field) override {
    field("initial_learning_rate", initial_);
    field("decay_steps", steps_);
    field("end_learning_rate", options_.end_learning_rate);
    field("power", options_.power);
    field("cycle", options_.cycle);
    field("name", options_.name);
    check_steps("decay_steps", steps_);
  }

  template <class Real>
  Real rate(int64_t step) const {
    auto now = Real(step);
    auto steps = Real(steps_);
    if (options_.cycle) {
      steps *= step == 0 ? Real(1) : std::ceil(now / steps);
    } else {
      now = std::min(now, steps);
    }
    const auto end = Real(options_.end_learning_rate);
    const Real left = std::pow(Real(1) - now / steps, Real(options_.power));
    return (Real(initial_) - end) * left + end;
  }

 private:
  double initial_ = 0.1;
  int64_t steps_ = 1;
  PolynomialDecayOptions options_;
};

class InverseTimeDecayImpl final : public ScheduleImpl<InverseTimeDecayImpl> {
 public:
  InverseTimeDecayImpl() = default;
  InverseTimeDecayImpl(double initial, int64_t steps, double rate, InverseTimeDecayOptions options)
      : initial_(initial), steps_(steps), rate_(rate), options_(std::move(options)) {
    check_steps("decay_steps", steps_);
  }

  void fields(Fields& field) override {
    field("initial_learning_rate", initial_);
    field("decay_steps", steps_);
    field("decay_rate", rate_);
    field("staircase", options_.staircase);
    field("name", options_.name);
    check_steps("decay_steps", steps_);
  }

  template <class Real>
  Real rate(int64_t step) const {
    Real passed = Real(step) / Real(steps_);
    if (options_.staircase) passed = std::floor(passed);
    return Real(initial_) / (Real(1) + Real(rate_) * passed);
  }

 private:
  double initial_ = 0.1;
  int64_t steps_ = 1;
  double rate_ = 0.0;
  InverseTimeDecayOptions options_;
};

class CosineDecayImpl final : public ScheduleImpl<CosineDecayImpl> {
 public:
  CosineDecayImpl() = default;
  CosineDecayImpl(double initial, int64_t steps, CosineDecayOptions options)
      : initial_(initial), steps_(steps), options_(std::move(options)) {
    check_steps("decay_steps", steps_);
  }

  void fields(Fields& field) override {
    field("initial_learning_rate", initial_);
    field("decay_steps", steps_);
    field("alpha", options_.alpha);
    field("name", options_.name);
    field("warmup_target", options_.warmup_target);
    field("warmup_steps", options_.warmup_steps);
    check_steps("decay_steps", steps_);
  }

  template <class Real>
  Real rate(int64_t step) const {
    const auto initial = Real(initial_);
    const auto steps = Real(steps_);
    if (!options_.warmup_target) return decayed<Real>(std::min(Real(step), steps), initial);
    const auto target = Real(*options_.warmup_target);
    const auto warmup = Real(options_.warmup_steps);
    const Real now = std::min(Real(step), steps + warmup);
    return now < warmup ? (target - initial) * (now / warmup) + initial : decayed<Real>(now - warmup, target);
  }

 private:
  template <class Real>
  Real decayed(Real step, Real from) const {
    const Real cosine = Real(0.5) * (Real(1) + std::cos(std::numbers::pi_v<Real> * (step / Real(steps_))));
    return from * (Real(1.0 - options_.alpha) * cosine + Real(options_.alpha));
  }

  double initial_ = 0.1;
  int64_t steps_ = 1;
  CosineDecayOptions options_;
};

class CosineDecayRestartsImpl final : public ScheduleImpl<CosineDecayRestartsImpl> {
 public:
  CosineDecayRestartsImpl() = default;
  CosineDecayRestartsImpl(double initial, int64_t steps, CosineDecayRestartsOptions options)
      : initial_(initial), steps_(steps), options_(std::move(options)) {
    check_steps("first_decay_steps", steps_);
  }

  void fields(Fields& field) override {
    field("initial_learning_rate", initial_);
    field("first_decay_steps", steps_);
    field("t_mul", options_.t_mul);
    field("m_mul", options_.m_mul);
    field("alpha", options_.alpha);
    field("name", options_.name);
    check_steps("first_decay_steps", steps_);
  }

  template <class Real>
  Real rate(int64_t step) const {
    const Real passed = Real(step) / Real(steps_);
    const auto growth = Real(options_.t_mul);
    Real restarts = std::floor(passed);
    Real fraction = passed - restarts;
    if (growth != Real(1)) {
      restarts = std::floor(std::log(Real(1) - passed * (Real(1) - growth)) / std::log(growth));
      const Real length = std::pow(growth, restarts);
      fraction = (passed - (Real(1) - length) / (Real(1) - growth)) / length;
    }
    const auto alpha = Real(options_.alpha);
    const Real height = Real(0.5) * std::pow(Real(options_.m_mul), restarts);
    const Real cosine = height * (Real(1) + std::cos(std::numbers::pi_v<Real> * fraction));
    return Real(initial_) * ((Real(1) - alpha) * cosine + alpha);
  }

 private:
  double initial_ = 0.1;
  int64_t steps_ = 1;
  CosineDecayRestartsOptions options_;
};

}  // namespace

ExponentialDecay::ExponentialDecay(double initial_learning_rate, int64_t decay_steps, double decay_rate,
                                   ExponentialDecayOptions options)
    : LearningRateSchedule(std::make_shared<ExponentialDecayImpl>(initial_learning_rate, decay_steps, decay_rate,
                                                                  std::move(options))) {}

PiecewiseConstantDecay::PiecewiseConstantDecay(std::vector<int64_t> boundaries, std::vector<double> values,
                                               PiecewiseConstantDecayOptions options)
    : LearningRateSchedule(std::make_shared<PiecewiseConstantDecayImpl>(std::move(boundaries), std::move(values),
                                                                        std::move(options))) {}

PolynomialDecay::PolynomialDecay(double initial_learning_rate, int64_t decay_steps, PolynomialDecayOptions options)
    : LearningRateSchedule(
          std::make_shared<PolynomialDecayImpl>(initial_learning_rate, decay_steps, std::move(options))) {}

InverseTimeDecay::InverseTimeDecay(double initial_learning_rate, int64_t decay_steps, double decay_rate,
                                   InverseTimeDecayOptions options)
    : LearningRateSchedule(std::make_shared<InverseTimeDecayImpl>(initial_learning_rate, decay_steps, decay_rate,
                                                                  std::move(options))) {}

CosineDecay::CosineDecay(double initial_learning_rate, int64_t decay_steps, CosineDecayOptions options)
    : LearningRateSchedule(std::make_shared<CosineDecayImpl>(initial_learning_rate, decay_steps, std::move(options))) {}

CosineDecayRestarts::CosineDecayRestarts(double initial_learning_rate, int64_t first_decay_steps,
                                         CosineDecayRestartsOptions options)
    : LearningRateSchedule(
          std::make_shared<CosineDecayRestartsImpl>(initial_learning_rate, first_decay_steps, std::move(options))) {}

}  // namespace keraslike::optimizers::schedules

namespace keraslike {

template <>
Registry<optimizers::schedules::LearningRateScheduleImpl>& registry() {
  using namespace optimizers::schedules;
  static Registry<LearningRateScheduleImpl> instance = [] {
    Registry<LearningRateScheduleImpl> all("learning rate schedule", "keras.optimizers.schedules");
    all.add<ExponentialDecayImpl>("ExponentialDecay");
    all.add<PiecewiseConstantDecayImpl>("PiecewiseConstantDecay");
    all.add<PolynomialDecayImpl>("PolynomialDecay");
    all.add<InverseTimeDecayImpl>("InverseTimeDecay");
    all.add<CosineDecayImpl>("CosineDecay");
    all.add<CosineDecayRestartsImpl>("CosineDecayRestarts");
    return all;
  }();
  return instance;
}

}  // namespace keraslike

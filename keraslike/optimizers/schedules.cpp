#include "keraslike/optimizers/schedules.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string_view>

#include <fmt/ranges.h>

#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::optimizers::schedules {

namespace {

void check_steps(std::string_view name, int64_t steps) {
  if (steps <= 0) throw ValueError("Argument `{0}` must be > 0. Received: {0}={1}", name, steps);
}

class ExponentialDecayImpl final : public LearningRateScheduleImpl {
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

  double call(int64_t step) const override {
    float exponent = static_cast<float>(step) / static_cast<float>(steps_);
    if (options_.staircase) exponent = std::floor(exponent);
    return static_cast<float>(initial_) * std::pow(static_cast<float>(rate_), exponent);
  }

 private:
  double initial_ = 0.1;
  int64_t steps_ = 1;
  double rate_ = 1.0;
  ExponentialDecayOptions options_;
};

class PiecewiseConstantDecayImpl final : public LearningRateScheduleImpl {
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

  double call(int64_t step) const override {
    const auto interval = std::lower_bound(boundaries_.begin(), boundaries_.end(), step) - boundaries_.begin();
    return static_cast<float>(values_[static_cast<size_t>(interval)]);
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

class PolynomialDecayImpl final : public LearningRateScheduleImpl {
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

  double call(int64_t step) const override {
    auto now = static_cast<float>(step);
    auto steps = static_cast<float>(steps_);
    if (options_.cycle) {
      steps *= step == 0 ? 1.0F : std::ceil(now / steps);
    } else {
      now = std::min(now, steps);
    }
    const auto end = static_cast<float>(options_.end_learning_rate);
    const float left = std::pow(1.0F - now / steps, static_cast<float>(options_.power));
    return (static_cast<float>(initial_) - end) * left + end;
  }

 private:
  double initial_ = 0.1;
  int64_t steps_ = 1;
  PolynomialDecayOptions options_;
};

class InverseTimeDecayImpl final : public LearningRateScheduleImpl {
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

  double call(int64_t step) const override {
    float passed = static_cast<float>(step) / static_cast<float>(steps_);
    if (options_.staircase) passed = std::floor(passed);
    return static_cast<float>(initial_) / (1.0F + static_cast<float>(rate_) * passed);
  }

 private:
  double initial_ = 0.1;
  int64_t steps_ = 1;
  double rate_ = 0.0;
  InverseTimeDecayOptions options_;
};

constexpr auto kPi = std::numbers::pi_v<float>;

class CosineDecayImpl final : public LearningRateScheduleImpl {
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

  double call(int64_t step) const override {
    const auto initial = static_cast<float>(initial_);
    const auto steps = static_cast<float>(steps_);
    if (!options_.warmup_target) return decayed(std::min(static_cast<float>(step), steps), initial);
    const auto target = static_cast<float>(*options_.warmup_target);
    const auto warmup = static_cast<float>(options_.warmup_steps);
    const float now = std::min(static_cast<float>(step), steps + warmup);
    return now < warmup ? (target - initial) * (now / warmup) + initial : decayed(now - warmup, target);
  }

 private:
  float decayed(float step, float from) const {
    const float cosine = 0.5F * (1.0F + std::cos(kPi * (step / static_cast<float>(steps_))));
    return from * (static_cast<float>(1.0 - options_.alpha) * cosine + static_cast<float>(options_.alpha));
  }

  double initial_ = 0.1;
  int64_t steps_ = 1;
  CosineDecayOptions options_;
};

class CosineDecayRestartsImpl final : public LearningRateScheduleImpl {
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

  double call(int64_t step) const override {
    const float passed = static_cast<float>(step) / static_cast<float>(steps_);
    const auto growth = static_cast<float>(options_.t_mul);
    float restarts = std::floor(passed);
    float fraction = passed - restarts;
    if (growth != 1.0F) {
      restarts = std::floor(std::log(1.0F - passed * (1.0F - growth)) / std::log(growth));
      const float length = std::pow(growth, restarts);
      fraction = (passed - (1.0F - length) / (1.0F - growth)) / length;
    }
    const auto alpha = static_cast<float>(options_.alpha);
    const float height = 0.5F * std::pow(static_cast<float>(options_.m_mul), restarts);
    return static_cast<float>(initial_) * ((1.0F - alpha) * (height * (1.0F + std::cos(kPi * fraction))) + alpha);
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

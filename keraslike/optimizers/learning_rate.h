#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>

#include "keraslike/saving/configured.h"
#include "keraslike/utils/handle.h"
#include "keraslike/utils/registry.h"

namespace keraslike {

namespace optimizers {
namespace schedules {

class LearningRateScheduleImpl : public saving::Configured {
 public:
  // Constructor arguments under Keras' names. Without it a schedule can train but not be saved.
  void fields(Fields& field) override;

  // The rate of the step after `step` others.
  virtual double call(int64_t step) const = 0;
};

// A learning rate that depends on the step. Subclass `LearningRateScheduleImpl` for your own, or pass a function.
class LearningRateSchedule : public Handle<LearningRateScheduleImpl> {
 public:
  using Function = std::function<double(int64_t step)>;

  using Handle::Handle;

  template <class F>
    requires(!std::is_base_of_v<Handle, F> && std::is_invocable_r_v<double, F, int64_t>)
  explicit LearningRateSchedule(F function) : Handle(from(std::move(function))) {}

  double operator()(int64_t step) const;

 private:
  static std::shared_ptr<LearningRateScheduleImpl> from(Function function);
};

}  // namespace schedules

using schedules::LearningRateSchedule;

// What optimizers take for `learning_rate`: a number, a schedule, or a function that is asked before each step.
class LearningRate {
 public:
  using Function = std::function<double()>;

  LearningRate(double rate);                    // NOLINT: implicit by design
  LearningRate(LearningRateSchedule schedule);  // NOLINT
  template <class F>
    requires(!std::is_base_of_v<Handle<schedules::LearningRateScheduleImpl>, F> && !std::is_same_v<F, LearningRate> &&
             std::is_invocable_r_v<double, F>)
  LearningRate(F function) : LearningRate(Call{}, std::move(function)) {}  // NOLINT

  // Null unless it is of that kind.
  const double* number() const;
  const LearningRateSchedule* schedule() const;
  const Function* function() const;

 private:
  struct Call {};
  LearningRate(Call, Function function);

  std::variant<double, LearningRateSchedule, Function> value_;
};

}  // namespace optimizers

template <>
Registry<optimizers::schedules::LearningRateScheduleImpl>& registry();

}  // namespace keraslike

#include "keraslike/optimizers/learning_rate.h"

#include <typeinfo>

#include "keraslike/optimizers/learning_rate_field.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/warnings.h"

namespace keraslike::optimizers {

namespace schedules {

namespace {

class FunctionScheduleImpl final : public LearningRateScheduleImpl {
 public:
  explicit FunctionScheduleImpl(LearningRateSchedule::Function function) : function_(std::move(function)) {}
  double call(int64_t step) const override { return function_(step); }

 private:
  LearningRateSchedule::Function function_;
};

}  // namespace

void LearningRateScheduleImpl::fields(Fields&) {
  throw ValueError("Learning rate schedule '{}' must override `fields()` in order to be saved.",
                   utils::class_name_of(typeid(*this)));
}

std::shared_ptr<LearningRateScheduleImpl> LearningRateSchedule::from(Function function) {
  return std::make_shared<FunctionScheduleImpl>(std::move(function));
}

double LearningRateSchedule::operator()(int64_t step) const { return impl_->call(step); }

}  // namespace schedules

LearningRate::LearningRate(double rate) : value_(rate) {}
LearningRate::LearningRate(LearningRateSchedule schedule) : value_(std::move(schedule)) {}
LearningRate::LearningRate(Call, Function function) : value_(std::move(function)) {}

const double* LearningRate::number() const { return std::get_if<double>(&value_); }
const LearningRateSchedule* LearningRate::schedule() const { return std::get_if<LearningRateSchedule>(&value_); }
const LearningRate::Function* LearningRate::function() const { return std::get_if<Function>(&value_); }

using Schedules = Registry<schedules::LearningRateScheduleImpl>;

static Schedules& known_schedules() { return registry<schedules::LearningRateScheduleImpl>(); }

std::optional<double> LearningRateField::number() const {
  if (value_.number()) return current_;
  if (!value_.function()) return std::nullopt;
  const double now = (*value_.function())();
  utils::warn("A `learning_rate` that is a function can not be saved. Its present value is saved instead.");
  return now;
}

ClassIdentity LearningRateField::identity() const {
  const auto& schedule = **value_.schedule();
  return known_schedules().identity(typeid(schedule));
}

saving::Configured& LearningRateField::object() const { return **value_.schedule(); }

void LearningRateField::set_none() { throw ValueError("An optimizer expects a `learning_rate`. Received: None"); }

bool LearningRateField::set_number(double number) {
  value_ = number;
  return true;
}

void LearningRateField::set_identifier(const std::string& name) {
  throw ValueError("An optimizer expects `learning_rate` to be a number or a schedule. Received: '{}'", name);
}

void LearningRateField::create(const std::string& class_name) {
  value_ = LearningRateSchedule(known_schedules().make(class_name));
}

}  // namespace keraslike::optimizers

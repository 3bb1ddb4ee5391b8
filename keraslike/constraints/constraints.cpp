#include "keraslike/constraints/constraints.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/square.h>

#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike {

namespace constraints {

namespace {

using at::Tensor;

constexpr double kEpsilon = 1e-7;  // keras.config.epsilon()

Tensor norms(const Tensor& weight, const Axes& axes, const char* owner) {
  return at::square(weight).sum(at::IntArrayRef(axes.in_rank(weight.dim(), owner)), /*keepdim=*/true).sqrt();
}

class MaxNormImpl final : public ConstraintImpl {
 public:
  explicit MaxNormImpl(MaxNormOptions options = {}) : options_(std::move(options)) {}

  void fields(Fields& field) override {
    field("max_value", options_.max_value);
    field("axis", options_.axis);
  }

  Tensor call(const Tensor& weight) const override {
    const Tensor norm = norms(weight, options_.axis, "MaxNorm");
    return weight * (at::clamp(norm, 0.0, options_.max_value) / (kEpsilon + norm));
  }

 private:
  MaxNormOptions options_;
};

class MinMaxNormImpl final : public ConstraintImpl {
 public:
  explicit MinMaxNormImpl(MinMaxNormOptions options = {}) : options_(std::move(options)) {}

  void fields(Fields& field) override {
    field("min_value", options_.min_value);
    field("max_value", options_.max_value);
    field("rate", options_.rate);
    field("axis", options_.axis);
  }

  Tensor call(const Tensor& weight) const override {
    const Tensor norm = norms(weight, options_.axis, "MinMaxNorm");
    const Tensor bounded = at::clamp(norm, options_.min_value, options_.max_value);
    const Tensor desired = options_.rate * bounded + (1.0 - options_.rate) * norm;
    return weight * (desired / (kEpsilon + norm));
  }

 private:
  MinMaxNormOptions options_;
};

class NonNegImpl final : public ConstraintImpl {
 public:
  void fields(Fields&) override {}
  Tensor call(const Tensor& weight) const override { return at::clamp(weight, 0.0); }
};

class UnitNormImpl final : public ConstraintImpl {
 public:
  explicit UnitNormImpl(UnitNormOptions options = {}) : options_(std::move(options)) {}

  void fields(Fields& field) override { field("axis", options_.axis); }

  Tensor call(const Tensor& weight) const override {
    return weight / (kEpsilon + norms(weight, options_.axis, "UnitNorm"));
  }

 private:
  UnitNormOptions options_;
};

class FunctionImpl final : public ConstraintImpl {
 public:
  explicit FunctionImpl(Constraint::Function function) : function_(std::move(function)) {}

  void fields(Fields&) override {
    throw ValueError("A constraint that is a function can not be saved: subclass ConstraintImpl and register it.");
  }

  Tensor call(const Tensor& weight) const override { return function_(weight); }

 private:
  Constraint::Function function_;
};

}  // namespace

std::shared_ptr<ConstraintImpl> Constraint::from(Function function) {
  return std::make_shared<FunctionImpl>(std::move(function));
}
at::Tensor Constraint::operator()(const at::Tensor& weight) const { return impl_->call(weight); }

MaxNorm::MaxNorm(MaxNormOptions options) : Constraint(std::make_shared<MaxNormImpl>(std::move(options))) {}
MinMaxNorm::MinMaxNorm(MinMaxNormOptions options) : Constraint(std::make_shared<MinMaxNormImpl>(std::move(options))) {}
NonNeg::NonNeg() : Constraint(std::make_shared<NonNegImpl>()) {}
UnitNorm::UnitNorm(UnitNormOptions options) : Constraint(std::make_shared<UnitNormImpl>(std::move(options))) {}

}  // namespace constraints

template <>
Registry<constraints::ConstraintImpl>& registry() {
  static Registry<constraints::ConstraintImpl> instance = [] {
    Registry<constraints::ConstraintImpl> made("constraint", "keras.constraints", ConfigForm::object);
    made.add<constraints::MaxNormImpl>("MaxNorm");
    made.add<constraints::MinMaxNormImpl>("MinMaxNorm");
    made.add<constraints::NonNegImpl>("NonNeg");
    made.add<constraints::UnitNormImpl>("UnitNorm");
    return made;
  }();
  return instance;
}

}  // namespace keraslike

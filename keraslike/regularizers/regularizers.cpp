#include "keraslike/regularizers/regularizers.h"

#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/clamp_min.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/square.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/zeros.h>

#include "keraslike/saving/fields.h"
#include "keraslike/utils/dtype_policy.h"
#include "keraslike/utils/errors.h"

namespace keraslike {

namespace regularizers {

namespace {

using at::Tensor;

void check_factor(const char* name, double value) {
  if (std::isfinite(value) && value >= 0.0) return;
  throw ValueError("Invalid value for argument {}: expected a non-negative float. Received: {}={}", name, name, value);
}

// Keras keeps these factors as numbers of `floatx`, and a config shows it: 0.01 is written as 0.009999999776482582.
double in_floatx(double value) {
  return utils::floatx() == DType::Float64 ? value : static_cast<double>(static_cast<float>(value));
}

Tensor l1_of(const Tensor& weight, double l1) { return l1 * at::sum(at::abs(weight)); }
Tensor l2_of(const Tensor& weight, double l2) { return l2 * at::sum(at::square(weight)); }

class L1Impl final : public RegularizerImpl {
 public:
  explicit L1Impl(L1Options options = {}) : options_(options) { settle(); }

  void fields(Fields& field) override {
    field("l1", options_.l1);
    settle();
  }

  Tensor call(const Tensor& weight) const override { return l1_of(weight, options_.l1); }

 private:
  void settle() {
    check_factor("l1", options_.l1);
    options_.l1 = in_floatx(options_.l1);
  }

  L1Options options_;
};

class L2Impl final : public RegularizerImpl {
 public:
  explicit L2Impl(L2Options options = {}) : options_(options) { check_factor("l2", options_.l2); }

  void fields(Fields& field) override {
    field("l2", options_.l2);
    check_factor("l2", options_.l2);
  }

  Tensor call(const Tensor& weight) const override { return l2_of(weight, options_.l2); }

 private:
  L2Options options_;
};

class L1L2Impl final : public RegularizerImpl {
 public:
  explicit L1L2Impl(L1L2Options options = {}) : options_(options) { check(); }

  void fields(Fields& field) override {
    field("l1", options_.l1);
    field("l2", options_.l2);
    check();
  }

  Tensor call(const Tensor& weight) const override {
    Tensor penalty = at::zeros({}, weight.options());
    if (options_.l1 != 0.0) penalty = penalty + l1_of(weight, options_.l1);
    if (options_.l2 != 0.0) penalty = penalty + l2_of(weight, options_.l2);
    return penalty;
  }

 private:
  void check() const {
    check_factor("l1", options_.l1);
    check_factor("l2", options_.l2);
  }

  L1L2Options options_;
};

class OrthogonalImpl final : public RegularizerImpl {
 public:
  explicit OrthogonalImpl(OrthogonalRegularizerOptions options = {}) : options_(std::move(options)) { settle(); }

  void fields(Fields& field) override {
    field("factor", options_.factor);
    field("mode", options_.mode);
    settle();
  }

  Tensor call(const Tensor& weight) const override {
    constexpr double kEpsilon = 1e-7;  // keras.config.epsilon()
    if (weight.dim() != 2) {
      throw ValueError("OrthogonalRegularizer expects a weight of rank 2. Received: shape={}",
                       Shape(weight.sizes().begin(), weight.sizes().end()));
    }
    const Tensor rows = options_.mode == "rows" ? weight : weight.t();
    // Cut before the root, a row of zeros has a gradient; Keras cuts after it and has NaN there.
    const Tensor unit = rows * at::clamp_min(at::square(rows).sum(1, true), kEpsilon * kEpsilon).rsqrt();
    const auto count = static_cast<double>(unit.size(0));
    const Tensor others = at::matmul(unit, unit.t()) * (1.0 - at::eye(unit.size(0), unit.options()));
    return options_.factor * 0.5 * at::sum(at::abs(others)) / (count * (count - 1.0) / 2.0);
  }

 private:
  void settle() {
    check_factor("factor", options_.factor);
    options_.factor = in_floatx(options_.factor);
    if (options_.mode == "rows" || options_.mode == "columns") return;
    throw ValueError("Invalid value for argument `mode`. Expected one of \"rows\", \"columns\". Received: mode={}",
                     options_.mode);
  }

  OrthogonalRegularizerOptions options_;
};

class FunctionImpl final : public RegularizerImpl {
 public:
  explicit FunctionImpl(Regularizer::Function function) : function_(std::move(function)) {}

  void fields(Fields&) override {
    throw ValueError("A regularizer that is a function can not be saved: subclass RegularizerImpl and register it.");
  }

  Tensor call(const Tensor& weight) const override { return function_(weight); }

 private:
  Regularizer::Function function_;
};

}  // namespace

std::shared_ptr<RegularizerImpl> Regularizer::from(Function function) {
  return std::make_shared<FunctionImpl>(std::move(function));
}
at::Tensor Regularizer::operator()(const at::Tensor& weight) const { return impl_->call(weight); }

L1::L1(L1Options options) : Regularizer(std::make_shared<L1Impl>(options)) {}
L2::L2(L2Options options) : Regularizer(std::make_shared<L2Impl>(options)) {}
L1L2::L1L2(L1L2Options options) : Regularizer(std::make_shared<L1L2Impl>(options)) {}
OrthogonalRegularizer::OrthogonalRegularizer(OrthogonalRegularizerOptions options)
    : Regularizer(std::make_shared<OrthogonalImpl>(std::move(options))) {}

}  // namespace regularizers

template <>
Registry<regularizers::RegularizerImpl>& registry() {
  static Registry<regularizers::RegularizerImpl> instance = [] {
    Registry<regularizers::RegularizerImpl> made("regularizer", "keras.regularizers", ConfigForm::object);
    made.add<regularizers::L1Impl>("L1");
    made.add<regularizers::L2Impl>("L2");
    made.add<regularizers::L1L2Impl>("L1L2");
    made.add<regularizers::OrthogonalImpl>("OrthogonalRegularizer");
    return made;
  }();
  return instance;
}

}  // namespace keraslike

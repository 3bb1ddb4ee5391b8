// Activations whose curve has arguments.

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/celu.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/elu.h>
#include <ATen/ops/elu_backward.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/gelu_backward.h>
#include <ATen/ops/hardshrink.h>
#include <ATen/ops/hardtanh.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/leaky_relu_backward.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/softshrink.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/threshold.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include "keraslike/activations/activations.h"
#include "keraslike/activations/families.h"
#include "keraslike/activations/planned.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/kernels.h"

namespace keraslike::activations {

namespace {

using at::Tensor;

std::unique_ptr<PlannedActivation> planned_leaky_relu(double slope) {
  return by_operators([slope](Tensor& y, const Tensor& x) { at::leaky_relu_out(y, x, slope); },
                      [slope](Tensor& dx, const Tensor& dy, const Tensor& x) {
                        at::leaky_relu_backward_out(dx, dy, x, slope, /*self_is_result=*/false);
                      },
                      Kept::Input);
}

std::unique_ptr<PlannedActivation> planned_elu(double alpha) {
  return by_operators([alpha](Tensor& y, const Tensor& x) { at::elu_out(y, x, alpha); },
                      [alpha](Tensor& dx, const Tensor& dy, const Tensor& x) {
                        at::elu_backward_out(dx, dy, alpha, 1, 1, /*is_result=*/false, x);
                      },
                      Kept::Input);
}

std::unique_ptr<PlannedActivation> planned_gelu(bool approximate) {
  const char* const form = approximate ? "tanh" : "none";
  return by_operators([form](Tensor& y, const Tensor& x) { at::gelu_out(y, x, form); },
                      [form](Tensor& dx, const Tensor& dy, const Tensor& x) {
                        at::gelu_backward_out(dx, dy, x, form);
                      },
                      Kept::Input);
}

class ReluImpl final : public ActivationImpl {
 public:
  explicit ReluImpl(ReluOptions options = {}) : options_(options) { check(); }

  void fields(Fields& field) override {
    field("negative_slope", options_.negative_slope);
    field("max_value", options_.max_value);
    field("threshold", options_.threshold);
    check();
  }

  Tensor call(const Tensor& x) const override {
    const auto& [negative_slope, max_value, threshold] = options_;
    if (negative_slope == 0.0) return positive_part(x);
    if (!max_value && threshold == 0.0) return at::leaky_relu(x, negative_slope);
    return positive_part(x) - negative_slope * at::relu(threshold - x);
  }

  std::unique_ptr<PlannedActivation> plan(bool training) const override {
    const auto& [negative_slope, max_value, threshold] = options_;
    if (max_value || threshold != 0.0) return by_autograd(*this, training);
    if (negative_slope == 0.0) return by_loops({utils::kernels::relu, utils::kernels::relu_backward});
    return planned_leaky_relu(negative_slope);
  }

 private:
  // At a cut of exactly 6 Keras' gradient is 0, at any other cut 1.
  Tensor positive_part(const Tensor& x) const {
    const auto& [negative_slope, max_value, threshold] = options_;
    if (threshold == 0.0 && max_value == 6.0) return at::hardtanh(x, 0.0, 6.0);
    const Tensor kept = threshold == 0.0 ? at::relu(x) : at::where(x > threshold, x, at::zeros_like(x));
    return max_value ? at::clamp(kept, 0.0, *max_value) : kept;
  }

  void check() const {
    if (!options_.max_value || *options_.max_value >= 0) return;
    throw ValueError("relu expects `max_value` to be at least 0. Received: max_value={}", *options_.max_value);
  }

  ReluOptions options_;
};

// One number and the ATen function that takes it.
template <auto kFunction, class Options, auto kMember, auto kPlan = nullptr>
class WithNumberImpl final : public ActivationImpl {
 public:
  explicit WithNumberImpl(Options options = {}) : options_(options) {}

  void fields(Fields& field) override { field(name(), options_.*kMember); }
  Tensor call(const Tensor& x) const override { return kFunction(x, options_.*kMember); }
  std::unique_ptr<PlannedActivation> plan(bool training) const override {
    if constexpr (kPlan != nullptr) {
      return kPlan(options_.*kMember);
    } else {
      return by_autograd(*this, training);
    }
  }

 private:
  static const char* name() {
    if constexpr (std::is_same_v<Options, LeakyReluOptions>) return "negative_slope";
    if constexpr (std::is_same_v<Options, GeluOptions>) return "approximate";
    if constexpr (std::is_same_v<Options, SquareplusOptions>) return "b";
    if constexpr (std::is_same_v<Options, EluOptions> || std::is_same_v<Options, CeluOptions>) return "alpha";
    return "threshold";
  }

  Options options_;
};

Tensor leaky_relu(const Tensor& x, double negative_slope) { return at::leaky_relu(x, negative_slope); }
Tensor elu(const Tensor& x, double alpha) { return at::elu(x, alpha); }

Tensor celu(const Tensor& x, double alpha) {
  if (alpha != 0.0) return at::celu(x, alpha);
  throw ValueError("celu expects `alpha` other than 0, by which it divides.");
}

Tensor soft_shrink(const Tensor& x, double threshold) {
  if (threshold >= 0.0) return at::softshrink(x, threshold);
  throw ValueError("soft_shrink expects `threshold` to be at least 0. Received: threshold={}", threshold);
}

Tensor gelu(const Tensor& x, bool approximate) { return at::gelu(x, approximate ? "tanh" : "none"); }
Tensor squareplus(const Tensor& x, double b) { return (x + at::sqrt(x * x + b)) / 2; }
Tensor hard_shrink(const Tensor& x, double threshold) { return at::hardshrink(x, threshold); }

using LeakyReluImpl =
    WithNumberImpl<leaky_relu, LeakyReluOptions, &LeakyReluOptions::negative_slope, planned_leaky_relu>;
using EluImpl = WithNumberImpl<elu, EluOptions, &EluOptions::alpha, planned_elu>;
using CeluImpl = WithNumberImpl<celu, CeluOptions, &CeluOptions::alpha>;
using GeluImpl = WithNumberImpl<gelu, GeluOptions, &GeluOptions::approximate, planned_gelu>;
using SquareplusImpl = WithNumberImpl<squareplus, SquareplusOptions, &SquareplusOptions::b>;
using SoftShrinkImpl = WithNumberImpl<soft_shrink, SoftShrinkOptions, &SoftShrinkOptions::threshold>;
using HardShrinkImpl = WithNumberImpl<hard_shrink, HardShrinkOptions, &HardShrinkOptions::threshold>;

class ThresholdImpl final : public ActivationImpl {
 public:
  ThresholdImpl() = default;
  ThresholdImpl(double threshold, double default_value) : threshold_(threshold), default_value_(default_value) {}

  void fields(Fields& field) override {
    field("threshold", threshold_);
    field("default_value", default_value_);
  }

  Tensor call(const Tensor& x) const override {
    if (!threshold_ || !default_value_) {
      throw ValueError("The activation 'threshold' needs its numbers: pass `activations::Threshold(threshold, "
                       "default_value)` instead of the name.");
    }
    return at::threshold(x, *threshold_, *default_value_);
  }

 private:
  std::optional<double> threshold_;
  std::optional<double> default_value_;
};

}  // namespace

Relu::Relu(ReluOptions options) : Activation(std::make_shared<ReluImpl>(options)) {}
LeakyRelu::LeakyRelu(LeakyReluOptions options) : Activation(std::make_shared<LeakyReluImpl>(options)) {}
Elu::Elu(EluOptions options) : Activation(std::make_shared<EluImpl>(options)) {}
Celu::Celu(CeluOptions options) : Activation(std::make_shared<CeluImpl>(options)) {}
Gelu::Gelu(GeluOptions options) : Activation(std::make_shared<GeluImpl>(options)) {}
Squareplus::Squareplus(SquareplusOptions options) : Activation(std::make_shared<SquareplusImpl>(options)) {}
SoftShrink::SoftShrink(SoftShrinkOptions options) : Activation(std::make_shared<SoftShrinkImpl>(options)) {}
HardShrink::HardShrink(HardShrinkOptions options) : Activation(std::make_shared<HardShrinkImpl>(options)) {}
Threshold::Threshold(double threshold, double default_value)
    : Activation(std::make_shared<ThresholdImpl>(threshold, default_value)) {}

void register_shaped(Registry<ActivationImpl>& activations) {
  activations.add<ReluImpl>("relu");
  activations.add<LeakyReluImpl>("leaky_relu");
  activations.add<EluImpl>("elu");
  activations.add<CeluImpl>("celu");
  activations.add<GeluImpl>("gelu");
  activations.add<SquareplusImpl>("squareplus");
  activations.add<SoftShrinkImpl>("soft_shrink");
  activations.add<HardShrinkImpl>("hard_shrink");
  activations.add<ThresholdImpl>("threshold");
}

}  // namespace keraslike::activations

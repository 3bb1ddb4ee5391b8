// Activations without arguments: each is one expression on every value.

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/hardsigmoid.h>
#include <ATen/ops/hardsigmoid_backward.h>
#include <ATen/ops/hardswish.h>
#include <ATen/ops/hardtanh.h>
#include <ATen/ops/hardtanh_backward.h>
#include <ATen/ops/log_sigmoid.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/selu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/silu_backward.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/softplus_backward.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include "keraslike/activations/activations.h"
#include "keraslike/activations/families.h"
#include "keraslike/activations/planned.h"
#include "keraslike/utils/kernels.h"

namespace keraslike::activations {

namespace {

using at::Tensor;

// Each function makes a class of its own, which the registry can tell from the others.
template <Tensor (*kFunction)(const Tensor&)>
class PointwiseImpl final : public ActivationImpl {
 public:
  void fields(Fields&) override {}
  Tensor call(const Tensor& x) const override { return kFunction(x); }
  std::unique_ptr<PlannedActivation> plan(bool training) const override;
};

Tensor linear(const Tensor& x) { return x; }
Tensor relu6(const Tensor& x) { return at::hardtanh(x, 0.0, 6.0); }
Tensor selu(const Tensor& x) { return at::selu(x); }
Tensor silu(const Tensor& x) { return at::silu(x); }
Tensor hard_silu(const Tensor& x) { return at::hardswish(x); }
Tensor mish(const Tensor& x) { return x * at::tanh(at::softplus(x)); }
Tensor softplus(const Tensor& x) { return at::softplus(x); }
Tensor softsign(const Tensor& x) { return x / (x.abs() + 1); }
Tensor tanh(const Tensor& x) { return at::tanh(x); }
Tensor tanh_shrink(const Tensor& x) { return x - at::tanh(x); }
Tensor hard_tanh(const Tensor& x) { return at::hardtanh(x, -1.0, 1.0); }
Tensor sigmoid(const Tensor& x) { return at::sigmoid(x); }
Tensor hard_sigmoid(const Tensor& x) { return at::hardsigmoid(x); }
Tensor log_sigmoid(const Tensor& x) { return at::log_sigmoid(x); }
Tensor exponential(const Tensor& x) { return at::exp(x); }

Tensor sparse_sigmoid(const Tensor& x) {
  const Tensor zero = at::zeros_like(x);
  return at::where(x <= -1, zero, at::where(x >= 1, zero + 1, 0.5 * (x + 1)));
}

Tensor sparse_plus(const Tensor& x) {
  const Tensor shifted = x + 1;
  return at::where(x <= -1, at::zeros_like(x), at::where(x < 1, 0.25 * shifted * shifted, x));
}

// Those with a planned step of their own; autograd sees to the others.
using Plan = std::unique_ptr<PlannedActivation> (*)();

template <Tensor (*kFunction)(const Tensor&)>
constexpr Plan kPlan = nullptr;
template <>
constexpr Plan kPlan<linear> = planned_linear;
template <>
constexpr Plan kPlan<tanh> = [] { return by_loops({utils::kernels::tanh, utils::kernels::tanh_backward}); };
template <>
constexpr Plan kPlan<sigmoid> = [] { return by_loops({utils::kernels::sigmoid, utils::kernels::sigmoid_backward}); };

template <auto kForward, auto kBackward, Kept kKept>
std::unique_ptr<PlannedActivation> with_operators() {
  return by_operators([](Tensor& y, const Tensor& x) { kForward(y, x); },
                      [](Tensor& dx, const Tensor& dy, const Tensor& kept) { kBackward(dx, dy, kept); }, kKept);
}

constexpr auto relu6_out = [](Tensor& y, const Tensor& x) { at::hardtanh_out(y, x, 0.0, 6.0); };
constexpr auto relu6_backward = [](Tensor& dx, const Tensor& dy, const Tensor& x) {
  at::hardtanh_backward_out(dx, dy, x, 0.0, 6.0);
};
constexpr auto hard_tanh_out = [](Tensor& y, const Tensor& x) { at::hardtanh_out(y, x, -1.0, 1.0); };
constexpr auto hard_tanh_backward = [](Tensor& dx, const Tensor& dy, const Tensor& x) {
  at::hardtanh_backward_out(dx, dy, x, -1.0, 1.0);
};
constexpr auto silu_out = [](Tensor& y, const Tensor& x) { at::silu_out(y, x); };
constexpr auto silu_backward = [](Tensor& dx, const Tensor& dy, const Tensor& x) { at::silu_backward_out(dx, dy, x); };
constexpr auto softplus_out = [](Tensor& y, const Tensor& x) { at::softplus_out(y, x); };
constexpr auto softplus_backward = [](Tensor& dx, const Tensor& dy, const Tensor& x) {
  at::softplus_backward_out(dx, dy, x, 1, 20);
};
constexpr auto hard_sigmoid_out = [](Tensor& y, const Tensor& x) { at::hardsigmoid_out(y, x); };
constexpr auto hard_sigmoid_backward = [](Tensor& dx, const Tensor& dy, const Tensor& x) {
  at::hardsigmoid_backward_out(dx, dy, x);
};
constexpr auto exponential_out = [](Tensor& y, const Tensor& x) { at::exp_out(y, x); };
constexpr auto exponential_backward = [](Tensor& dx, const Tensor& dy, const Tensor& y) { at::mul_out(dx, dy, y); };

template <>
constexpr Plan kPlan<relu6> = with_operators<relu6_out, relu6_backward, Kept::Input>;
template <>
constexpr Plan kPlan<hard_tanh> = with_operators<hard_tanh_out, hard_tanh_backward, Kept::Input>;
template <>
constexpr Plan kPlan<silu> = with_operators<silu_out, silu_backward, Kept::Input>;
template <>
constexpr Plan kPlan<softplus> = with_operators<softplus_out, softplus_backward, Kept::Input>;
template <>
constexpr Plan kPlan<hard_sigmoid> = with_operators<hard_sigmoid_out, hard_sigmoid_backward, Kept::Input>;
template <>
constexpr Plan kPlan<exponential> = with_operators<exponential_out, exponential_backward, Kept::Result>;

template <Tensor (*kFunction)(const Tensor&)>
std::unique_ptr<PlannedActivation> PointwiseImpl<kFunction>::plan(bool training) const {
  if constexpr (kPlan<kFunction> != nullptr) {
    return kPlan<kFunction>();
  } else {
    return by_autograd(*this, training);
  }
}

template <Tensor (*kFunction)(const Tensor&)>
std::shared_ptr<ActivationImpl> made() {
  return std::make_shared<PointwiseImpl<kFunction>>();
}

}  // namespace

Linear::Linear() : Activation(made<linear>()) {}
Relu6::Relu6() : Activation(made<relu6>()) {}
Selu::Selu() : Activation(made<selu>()) {}
Silu::Silu() : Activation(made<silu>()) {}
HardSilu::HardSilu() : Activation(made<hard_silu>()) {}
Mish::Mish() : Activation(made<mish>()) {}
Softplus::Softplus() : Activation(made<softplus>()) {}
Softsign::Softsign() : Activation(made<softsign>()) {}
Tanh::Tanh() : Activation(made<tanh>()) {}
TanhShrink::TanhShrink() : Activation(made<tanh_shrink>()) {}
HardTanh::HardTanh() : Activation(made<hard_tanh>()) {}
Sigmoid::Sigmoid() : Activation(made<sigmoid>()) {}
HardSigmoid::HardSigmoid() : Activation(made<hard_sigmoid>()) {}
LogSigmoid::LogSigmoid() : Activation(made<log_sigmoid>()) {}
SparseSigmoid::SparseSigmoid() : Activation(made<sparse_sigmoid>()) {}
SparsePlus::SparsePlus() : Activation(made<sparse_plus>()) {}
Exponential::Exponential() : Activation(made<exponential>()) {}

void register_pointwise(Registry<ActivationImpl>& activations) {
  activations.add<PointwiseImpl<linear>>("linear");
  activations.add<PointwiseImpl<relu6>>("relu6");
  activations.add<PointwiseImpl<selu>>("selu");
  activations.add<PointwiseImpl<silu>>("silu", {"swish"});
  activations.add<PointwiseImpl<hard_silu>>("hard_silu", {"hard_swish"});
  activations.add<PointwiseImpl<mish>>("mish");
  activations.add<PointwiseImpl<softplus>>("softplus");
  activations.add<PointwiseImpl<softsign>>("softsign");
  activations.add<PointwiseImpl<tanh>>("tanh");
  activations.add<PointwiseImpl<tanh_shrink>>("tanh_shrink");
  activations.add<PointwiseImpl<hard_tanh>>("hard_tanh");
  activations.add<PointwiseImpl<sigmoid>>("sigmoid");
  activations.add<PointwiseImpl<hard_sigmoid>>("hard_sigmoid");
  activations.add<PointwiseImpl<log_sigmoid>>("log_sigmoid");
  activations.add<PointwiseImpl<sparse_sigmoid>>("sparse_sigmoid");
  activations.add<PointwiseImpl<sparse_plus>>("sparse_plus");
  activations.add<PointwiseImpl<exponential>>("exponential");
}

}  // namespace keraslike::activations

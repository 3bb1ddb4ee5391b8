#include "keraslike/losses/probabilistic.h"

#include <utility>

#include <ATen/core/Tensor.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/log.h>

#include "keraslike/losses/loss_impl.h"
#include "keraslike/losses/numeric.h"

namespace keraslike::losses {

at::Tensor kl_divergence(const at::Tensor& y_true, const at::Tensor& y_pred) {
  const auto [targets, outputs] = aligned_floats(y_true, y_pred);
  const at::Tensor p = at::clamp(targets, kEpsilon, 1.0);
  const at::Tensor q = at::clamp(outputs, kEpsilon, 1.0);
  return (p * at::log(p / q)).sum(-1);
}

at::Tensor poisson(const at::Tensor& y_true, const at::Tensor& y_pred) {
  const auto [targets, outputs] = aligned_floats(y_true, y_pred);
  return (outputs - targets * at::log(outputs + kEpsilon)).mean(-1);
}

namespace {

class KLDivergenceImpl final : public ElementwiseLossImpl {
 public:
  explicit KLDivergenceImpl(LossOptions options = {}) : ElementwiseLossImpl("kl_divergence", std::move(options)) {}
  at::Tensor call(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return kl_divergence(y_true, y_pred);
  }
};

class PoissonImpl final : public ElementwiseLossImpl {
 public:
  explicit PoissonImpl(LossOptions options = {}) : ElementwiseLossImpl("poisson", std::move(options)) {}
  at::Tensor call(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return poisson(y_true, y_pred);
  }
};

}  // namespace

KLDivergence::KLDivergence(LossOptions options) : Loss(std::make_shared<KLDivergenceImpl>(std::move(options))) {}
Poisson::Poisson(LossOptions options) : Loss(std::make_shared<PoissonImpl>(std::move(options))) {}

void register_probabilistic(Registry<LossImpl>& losses) {
  losses.add<KLDivergenceImpl>("KLDivergence", {"kld", "KLD"});
  losses.add<PoissonImpl>("Poisson");
}

}  // namespace keraslike::losses

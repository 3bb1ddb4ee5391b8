#include "keraslike/losses/hinge.h"

#include <utility>

#include <ATen/core/Tensor.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/square.h>
#include <ATen/ops/where.h>

#include "keraslike/losses/loss_impl.h"
#include "keraslike/losses/numeric.h"

namespace keraslike::losses {

namespace {

// Decided on the device: nothing waits for the answer.
at::Tensor as_signs(const at::Tensor& targets) {
  const at::Tensor is_binary = ((targets == 0) | (targets == 1)).all();
  return at::where(is_binary, 2.0 * targets - 1.0, targets);
}

at::Tensor shortfall(const at::Tensor& y_true, const at::Tensor& y_pred) {
  const auto [targets, outputs] = aligned_floats(y_true, y_pred);
  return maximum(1.0 - as_signs(targets) * outputs, 0.0);
}

}  // namespace

at::Tensor hinge(const at::Tensor& y_true, const at::Tensor& y_pred) { return shortfall(y_true, y_pred).mean(-1); }

at::Tensor squared_hinge(const at::Tensor& y_true, const at::Tensor& y_pred) {
  return at::square(shortfall(y_true, y_pred)).mean(-1);
}

at::Tensor categorical_hinge(const at::Tensor& y_true, const at::Tensor& y_pred) {
  const auto [targets, outputs] = aligned_floats(y_true, y_pred);
  const at::Tensor positive = (targets * outputs).sum(-1);
  const at::Tensor negative = ((1.0 - targets) * outputs).amax(-1);
  return maximum(negative - positive + 1.0, 0.0);
}

namespace {

class HingeImpl final : public ElementwiseLossImpl {
 public:
  explicit HingeImpl(LossOptions options = {}) : ElementwiseLossImpl("hinge", std::move(options)) {}
  at::Tensor call(const at::Tensor& y_true, const at::Tensor& y_pred) const override { return hinge(y_true, y_pred); }
};

class SquaredHingeImpl final : public ElementwiseLossImpl {
 public:
  explicit SquaredHingeImpl(LossOptions options = {}) : ElementwiseLossImpl("squared_hinge", std::move(options)) {}
  at::Tensor call(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return squared_hinge(y_true, y_pred);
  }
};

class CategoricalHingeImpl final : public ElementwiseLossImpl {
 public:
  explicit CategoricalHingeImpl(LossOptions options = {})
      : ElementwiseLossImpl("categorical_hinge", std::move(options)) {}
  at::Tensor call(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return categorical_hinge(y_true, y_pred);
  }
};

}  // namespace

Hinge::Hinge(LossOptions options) : Loss(std::make_shared<HingeImpl>(std::move(options))) {}
SquaredHinge::SquaredHinge(LossOptions options) : Loss(std::make_shared<SquaredHingeImpl>(std::move(options))) {}
CategoricalHinge::CategoricalHinge(LossOptions options)
    : Loss(std::make_shared<CategoricalHingeImpl>(std::move(options))) {}

void register_hinges(Registry<LossImpl>& losses) {
  losses.add<HingeImpl>("Hinge");
  losses.add<SquaredHingeImpl>("SquaredHinge");
  losses.add<CategoricalHingeImpl>("CategoricalHinge");
}

}  // namespace keraslike::losses

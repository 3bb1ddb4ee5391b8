#include "keraslike/losses/generalized_crossentropy.h"

#include <utility>

#include <ATen/core/Tensor.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/pow.h>

#include "keraslike/losses/checks.h"
#include "keraslike/losses/crossentropy_impl.h"
#include "keraslike/losses/loss_impl.h"
#include "keraslike/losses/reduction.h"
#include "keraslike/saving/fields.h"

namespace keraslike::losses {

at::Tensor categorical_generalized_cross_entropy(const at::Tensor& y_true, const at::Tensor& y_pred, double q) {
  check_labels("categorical_generalized_cross_entropy", "categorical_crossentropy", shape_of(y_true), shape_of(y_pred),
               -1);
  const at::Tensor labels = labels_without_class_axis(y_true, y_pred, -1);
  const at::Tensor probability = at::gather(y_pred, -1, labels.unsqueeze(-1)).squeeze(-1);
  return (1.0 - at::pow(probability, q)) / q;
}

namespace {

class CategoricalGeneralizedCrossEntropyImpl final : public ElementwiseLossImpl {
 public:
  explicit CategoricalGeneralizedCrossEntropyImpl(CategoricalGeneralizedCrossEntropyOptions options = {})
      : ElementwiseLossImpl("categorical_generalized_cross_entropy", {options.reduction, options.dtype, options.name}),
        q_(options.q) {
    check_q();
  }

  void fields(Fields& field) override {
    LossImpl::fields(field);
    field("q", q_);
    check_q();
  }

  at::Tensor call(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return categorical_generalized_cross_entropy(y_true, y_pred, q_);
  }

  void check_shapes(const Shape& y_true, const Shape& y_pred) const override {
    check_labels("CategoricalGeneralizedCrossEntropy", "categorical_crossentropy", y_true, y_pred, -1);
  }

  void check_values(const at::Tensor& y_true, const Shape& y_pred) const override {
    check_label_values("CategoricalGeneralizedCrossEntropy", y_true, y_pred.back(), std::nullopt);
  }

  bool takes_labels() const override { return true; }

 private:
  void check_q() const {
    if (q_ > 0.0 && q_ < 1.0) return;
    throw ValueError("CategoricalGeneralizedCrossEntropy expects `q` in the interval (0, 1). Received: q={}.", q_);
  }

  double q_;
};

}  // namespace

CategoricalGeneralizedCrossEntropy::CategoricalGeneralizedCrossEntropy(
    CategoricalGeneralizedCrossEntropyOptions options)
    : Loss(std::make_shared<CategoricalGeneralizedCrossEntropyImpl>(std::move(options))) {}

void register_generalized_crossentropy(Registry<LossImpl>& losses) {
  losses.add<CategoricalGeneralizedCrossEntropyImpl>("CategoricalGeneralizedCrossEntropy");
}

}  // namespace keraslike::losses

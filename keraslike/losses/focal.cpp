#include "keraslike/losses/focal.h"

#include <utility>

#include <ATen/core/Tensor.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/log.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softmax.h>

#include "keraslike/losses/checks.h"
#include "keraslike/losses/crossentropy_impl.h"
#include "keraslike/losses/loss_impl.h"
#include "keraslike/losses/numeric.h"
#include "keraslike/saving/fields.h"

namespace keraslike::losses {

at::Tensor binary_focal_crossentropy(const at::Tensor& y_true, const at::Tensor& y_pred,
                                     BinaryFocalArguments arguments) {
  const auto [given, outputs] = aligned_floats(y_true, y_pred);
  check_same_shape("binary_focal_crossentropy", shape_of(given), shape_of(outputs));
  const at::Tensor targets = smooth_binary(given, arguments.label_smoothing);
  const at::Tensor probabilities = arguments.from_logits ? at::sigmoid(outputs) : outputs;

  const at::Tensor own = targets * probabilities + (1.0 - targets) * (1.0 - probabilities);
  at::Tensor loss = at::pow(1.0 - own, arguments.gamma) * elementwise_binary_crossentropy(targets, probabilities);
  if (arguments.apply_class_balancing) {
    loss = (targets * arguments.alpha + (1.0 - targets) * (1.0 - arguments.alpha)) * loss;
  }

  return loss.mean(arguments.axis);
}

at::Tensor categorical_focal_crossentropy(const at::Tensor& y_true, const at::Tensor& y_pred,
                                          CategoricalFocalArguments arguments) {
  const auto [given, outputs] = aligned_floats(y_true, y_pred);
  check_one_hot("categorical_focal_crossentropy", "sparse_categorical_crossentropy", "binary_focal_crossentropy",
                shape_of(given), shape_of(outputs), arguments.axis);
  const at::Tensor targets = smooth_one_hot(given, arguments.label_smoothing);
  const at::Tensor raw = arguments.from_logits ? at::softmax(outputs, arguments.axis) : outputs;

  const at::Tensor probabilities = normalized_probabilities(raw, arguments.axis);
  const at::Tensor weight = arguments.alpha * at::pow(1.0 - probabilities, arguments.gamma);

  return (weight * (-targets * at::log(probabilities))).sum(arguments.axis);
}

namespace {

class BinaryFocalCrossentropyImpl final : public ElementwiseLossImpl {
 public:
  explicit BinaryFocalCrossentropyImpl(BinaryFocalCrossentropyOptions options = {})
      : ElementwiseLossImpl("binary_focal_crossentropy", {options.reduction, options.dtype, options.name}),
        arguments_{options.apply_class_balancing, options.alpha,           options.gamma,
                   options.from_logits,           options.label_smoothing, options.axis} {}

  void fields(Fields& field) override {
    LossImpl::fields(field);
    field("from_logits", arguments_.from_logits);
    field("label_smoothing", arguments_.label_smoothing);
    field("axis", arguments_.axis);
    field("apply_class_balancing", arguments_.apply_class_balancing);
    field("alpha", arguments_.alpha);
    field("gamma", arguments_.gamma);
  }

  at::Tensor call(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return binary_focal_crossentropy(y_true, y_pred, arguments_);
  }

 private:
  BinaryFocalArguments arguments_;
};

class CategoricalFocalCrossentropyImpl final : public ElementwiseLossImpl {
 public:
  explicit CategoricalFocalCrossentropyImpl(CategoricalFocalCrossentropyOptions options = {})
      : ElementwiseLossImpl("categorical_focal_crossentropy", {options.reduction, options.dtype, options.name}),
        arguments_{options.alpha, options.gamma, options.from_logits, options.label_smoothing, options.axis} {}

  void fields(Fields& field) override {
    LossImpl::fields(field);
    field("from_logits", arguments_.from_logits);
    field("label_smoothing", arguments_.label_smoothing);
    field("axis", arguments_.axis);
    field("alpha", arguments_.alpha);
    field("gamma", arguments_.gamma);
  }

  at::Tensor call(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return categorical_focal_crossentropy(y_true, y_pred, arguments_);
  }

  void check_shapes(const Shape& y_true, const Shape& y_pred) const override {
    check_one_hot("CategoricalFocalCrossentropy", "sparse_categorical_crossentropy", "binary_focal_crossentropy",
                  y_true, y_pred, arguments_.axis);
  }

 private:
  CategoricalFocalArguments arguments_;
};

}  // namespace

BinaryFocalCrossentropy::BinaryFocalCrossentropy(BinaryFocalCrossentropyOptions options)
    : Loss(std::make_shared<BinaryFocalCrossentropyImpl>(std::move(options))) {}
CategoricalFocalCrossentropy::CategoricalFocalCrossentropy(CategoricalFocalCrossentropyOptions options)
    : Loss(std::make_shared<CategoricalFocalCrossentropyImpl>(std::move(options))) {}

void register_focal(Registry<LossImpl>& losses) {
  losses.add<BinaryFocalCrossentropyImpl>("BinaryFocalCrossentropy");
  losses.add<CategoricalFocalCrossentropyImpl>("CategoricalFocalCrossentropy");
}

}  // namespace keraslike::losses

#include "keraslike/losses/crossentropy.h"

#include <limits>
#include <utility>

#include <ATen/core/Reduction.h>
#include <ATen/core/Tensor.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/binary_cross_entropy.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/log.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/where.h>

#include "keraslike/losses/checks.h"
#include "keraslike/losses/crossentropy_impl.h"
#include "keraslike/losses/crossentropy_plan.h"
#include "keraslike/losses/loss_impl.h"
#include "keraslike/losses/numeric.h"
#include "keraslike/saving/fields.h"

namespace keraslike::losses {

namespace {

// LibTorch skips this label unless told another; a label that no one uses leaves -100 the mistake that it is.
constexpr int64_t kNoLabel = std::numeric_limits<int64_t>::min();

at::Tensor written_out_binary_crossentropy(const at::Tensor& targets, const at::Tensor& probabilities) {
  return -(targets * at::log(probabilities) + (1.0 - targets) * at::log(1.0 - probabilities));
}

// LibTorch's fused operator throws at NaN on the CPU, and on a GPU ends the process; Keras' loss is then NaN.
at::Tensor binary_crossentropy_of(const at::Tensor& targets, const at::Tensor& probabilities) {
  if (!probabilities.device().is_cpu()) return written_out_binary_crossentropy(targets, probabilities);
  try {
    return at::binary_cross_entropy(probabilities, targets, {}, at::Reduction::None);
  } catch (const c10::Error&) {
    return written_out_binary_crossentropy(targets, probabilities);
  }
}

at::Tensor sparse_from_logits(const at::Tensor& labels, const at::Tensor& logits, int64_t axis, int64_t ignored) {
  if (logits.dim() == 1) return sparse_from_logits(labels.unsqueeze(0), logits.unsqueeze(0), 1, ignored).squeeze(0);
  return at::cross_entropy_loss(logits.movedim(axis, 1), labels, {}, at::Reduction::None, ignored);
}

// Only the label's own probability is divided, clipped and logged: the others do not enter.
at::Tensor sparse_from_probabilities(const at::Tensor& labels, const at::Tensor& probabilities, int64_t axis,
                                     const at::Tensor& valid) {
  const at::Tensor known = valid.defined() ? at::where(valid, labels, 0) : labels;
  at::Tensor own = at::gather(probabilities, axis, known.unsqueeze(axis)).squeeze(axis);
  at::Tensor sum = probabilities.sum(axis);
  if (valid.defined()) {
    own = at::where(valid, own, 1.0);
    sum = at::where(valid, sum, 1.0);
  }
  const at::Tensor loss = -at::log(at::clamp(own / sum, kEpsilon, 1.0 - kEpsilon));
  return valid.defined() ? at::where(valid, loss, 0.0) : loss;
}

}  // namespace

at::Tensor labels_without_class_axis(const at::Tensor& y_true, const at::Tensor& y_pred, int64_t axis) {
  const bool has_axis = y_true.dim() == y_pred.dim() && y_true.size(axis) == 1;
  return (has_axis ? y_true.squeeze(axis) : y_true).to(at::kLong);
}

at::Tensor smooth_binary(const at::Tensor& targets, double label_smoothing) {
  return label_smoothing == 0.0 ? targets : targets * (1.0 - label_smoothing) + 0.5 * label_smoothing;
}

at::Tensor smooth_one_hot(const at::Tensor& targets, double label_smoothing) {
  if (label_smoothing == 0.0) return targets;
  return targets * (1.0 - label_smoothing) + label_smoothing / static_cast<double>(targets.size(-1));
}

at::Tensor elementwise_binary_crossentropy(const at::Tensor& targets, const at::Tensor& probabilities) {
  return binary_crossentropy_of(targets, at::clamp(probabilities, kEpsilon, 1.0 - kEpsilon));
}

at::Tensor normalized_probabilities(const at::Tensor& probabilities, int64_t axis) {
  return at::clamp(probabilities / probabilities.sum(axis, /*keepdim=*/true), kEpsilon, 1.0 - kEpsilon);
}

at::Tensor binary_crossentropy(const at::Tensor& y_true, const at::Tensor& y_pred, CrossentropyArguments arguments) {
  const auto [targets, outputs] = aligned_floats(y_true, y_pred);
  check_same_shape("binary_crossentropy", shape_of(targets), shape_of(outputs));
  const at::Tensor smooth = smooth_binary(targets, arguments.label_smoothing);
  const at::Tensor loss = arguments.from_logits
                              ? at::binary_cross_entropy_with_logits(outputs, smooth, {}, {}, at::Reduction::None)
                              : elementwise_binary_crossentropy(smooth, outputs);
  return loss.mean(arguments.axis);
}

at::Tensor categorical_crossentropy(const at::Tensor& y_true, const at::Tensor& y_pred,
                                    CrossentropyArguments arguments) {
  const auto [targets, outputs] = aligned_floats(y_true, y_pred);
  check_one_hot("categorical_crossentropy", "sparse_categorical_crossentropy", "binary_crossentropy",
                shape_of(targets), shape_of(outputs), arguments.axis);
  const at::Tensor smooth = smooth_one_hot(targets, arguments.label_smoothing);
  const at::Tensor log_probability = arguments.from_logits
                                         ? at::log_softmax(outputs, arguments.axis)
                                         : at::log(normalized_probabilities(outputs, arguments.axis));
  return -(smooth * log_probability).sum(arguments.axis);
}

at::Tensor sparse_categorical_crossentropy(const at::Tensor& y_true, const at::Tensor& y_pred,
                                           SparseCrossentropyArguments arguments) {
  const at::Tensor outputs = y_pred.is_floating_point() ? y_pred : y_pred.to(at::kFloat);
  check_labels("sparse_categorical_crossentropy", "categorical_crossentropy", shape_of(y_true), shape_of(outputs),
               arguments.axis);
  const at::Tensor labels = labels_without_class_axis(y_true, outputs, arguments.axis);
  if (arguments.from_logits) {
    return sparse_from_logits(labels, outputs, arguments.axis, arguments.ignore_class.value_or(kNoLabel));
  }
  const at::Tensor valid = arguments.ignore_class ? labels != *arguments.ignore_class : at::Tensor();
  return sparse_from_probabilities(labels, outputs, arguments.axis, valid);
}

at::Tensor valid_labels(const at::Tensor& y_true, const at::Tensor& y_pred,
                        const SparseCrossentropyArguments& arguments) {
  if (!arguments.ignore_class) return {};
  return labels_without_class_axis(y_true, y_pred, arguments.axis) != *arguments.ignore_class;
}

namespace {

class BinaryCrossentropyImpl final : public ElementwiseLossImpl {
 public:
  explicit BinaryCrossentropyImpl(BinaryCrossentropyOptions options = {})
      : ElementwiseLossImpl("binary_crossentropy", {options.reduction, options.dtype, options.name}),
        arguments_{options.from_logits, options.label_smoothing, options.axis} {}

  void fields(Fields& field) override {
    LossImpl::fields(field);
    crossentropy_fields(field, arguments_);
  }

  at::Tensor call(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return binary_crossentropy(y_true, y_pred, arguments_);
  }

  std::unique_ptr<PlannedLoss> plan() const override { return planned_binary_crossentropy(arguments_, reduction()); }

 private:
  CrossentropyArguments arguments_;
};

class CategoricalCrossentropyImpl final : public ElementwiseLossImpl {
 public:
  explicit CategoricalCrossentropyImpl(CategoricalCrossentropyOptions options = {})
      : ElementwiseLossImpl("categorical_crossentropy", {options.reduction, options.dtype, options.name}),
        arguments_{options.from_logits, options.label_smoothing, options.axis} {}

  void fields(Fields& field) override {
    LossImpl::fields(field);
    crossentropy_fields(field, arguments_);
  }

  at::Tensor call(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return categorical_crossentropy(y_true, y_pred, arguments_);
  }

  std::unique_ptr<PlannedLoss> plan() const override {
    return planned_categorical_crossentropy(arguments_, reduction());
  }

  void check_shapes(const Shape& y_true, const Shape& y_pred) const override {
    check_one_hot("CategoricalCrossentropy", "sparse_categorical_crossentropy", "binary_crossentropy", y_true, y_pred,
                  arguments_.axis);
  }

 private:
  CrossentropyArguments arguments_;
};

class SparseCategoricalCrossentropyImpl final : public ElementwiseLossImpl {
 public:
  explicit SparseCategoricalCrossentropyImpl(SparseCategoricalCrossentropyOptions options = {})
      : ElementwiseLossImpl("sparse_categorical_crossentropy", {options.reduction, options.dtype, options.name}),
        arguments_{options.from_logits, options.ignore_class, options.axis} {}

  void fields(Fields& field) override {
    LossImpl::fields(field);
    sparse_crossentropy_fields(field, arguments_);
  }

  at::Tensor call(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return sparse_categorical_crossentropy(y_true, y_pred, arguments_);
  }

  std::unique_ptr<PlannedLoss> plan() const override { return planned_sparse_crossentropy(arguments_, reduction()); }

  at::Tensor mask(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return valid_labels(y_true, y_pred, arguments_);
  }

  void check_shapes(const Shape& y_true, const Shape& y_pred) const override {
    check_labels("SparseCategoricalCrossentropy", "categorical_crossentropy", y_true, y_pred, arguments_.axis);
  }

  void check_values(const at::Tensor& y_true, const Shape& y_pred) const override {
    check_label_values("SparseCategoricalCrossentropy", y_true, y_pred.dim(arguments_.axis), arguments_.ignore_class);
  }

  bool takes_labels() const override { return true; }

 private:
  SparseCrossentropyArguments arguments_;
};

}  // namespace

void crossentropy_fields(Fields& field, CrossentropyArguments& arguments) {
  field("from_logits", arguments.from_logits);
  field("label_smoothing", arguments.label_smoothing);
  field("axis", arguments.axis);
}

void sparse_crossentropy_fields(Fields& field, SparseCrossentropyArguments& arguments) {
  field("from_logits", arguments.from_logits);
  field("ignore_class", arguments.ignore_class);
  field("axis", arguments.axis);
}

BinaryCrossentropy::BinaryCrossentropy(BinaryCrossentropyOptions options)
    : Loss(std::make_shared<BinaryCrossentropyImpl>(std::move(options))) {}
CategoricalCrossentropy::CategoricalCrossentropy(CategoricalCrossentropyOptions options)
    : Loss(std::make_shared<CategoricalCrossentropyImpl>(std::move(options))) {}
SparseCategoricalCrossentropy::SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions options)
    : Loss(std::make_shared<SparseCategoricalCrossentropyImpl>(std::move(options))) {}

void register_crossentropies(Registry<LossImpl>& losses) {
  losses.add<BinaryCrossentropyImpl>("BinaryCrossentropy", {"bce", "BCE"});
  losses.add<CategoricalCrossentropyImpl>("CategoricalCrossentropy");
  losses.add<SparseCategoricalCrossentropyImpl>("SparseCategoricalCrossentropy");
}

}  // namespace keraslike::losses

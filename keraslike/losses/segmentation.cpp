#include "keraslike/losses/segmentation.h"

#include <optional>
#include <utility>

#include <ATen/core/Tensor.h>
#include <ATen/TensorOperators.h>

#include "keraslike/losses/loss_impl.h"
#include "keraslike/losses/numeric.h"
#include "keraslike/saving/fields.h"

namespace keraslike::losses {

namespace {

at::Tensor sum_over(const at::Tensor& values, const std::vector<int64_t>& axis) {
  return axis.empty() ? values.sum() : values.sum(axis);
}

// Keras' None is an empty list here.
void axis_field(Fields& field, std::vector<int64_t>& axis) {
  std::optional<Shape> value;
  if (!axis.empty()) value = Shape(axis);
  field("axis", value);
  axis = value ? std::vector<int64_t>(*value) : std::vector<int64_t>();
}

}  // namespace

at::Tensor dice(const at::Tensor& y_true, const at::Tensor& y_pred, const std::vector<int64_t>& axis) {
  const auto [targets, outputs] = aligned_floats(y_true, y_pred);
  const at::Tensor intersection = sum_over(targets * outputs, axis);
  return 1.0 - 2.0 * intersection / (sum_over(targets, axis) + sum_over(outputs, axis) + kEpsilon);
}

at::Tensor tversky(const at::Tensor& y_true, const at::Tensor& y_pred, const TverskyArguments& arguments) {
  const auto [targets, outputs] = aligned_floats(y_true, y_pred);
  const at::Tensor intersection = sum_over(targets * outputs, arguments.axis);
  const at::Tensor missed = sum_over((1.0 - outputs) * targets, arguments.axis);
  const at::Tensor false_alarms = sum_over(outputs * (1.0 - targets), arguments.axis);
  return 1.0 -
         intersection / (intersection + missed * arguments.alpha + false_alarms * arguments.beta + kEpsilon);
}

namespace {

class DiceImpl final : public ElementwiseLossImpl {
 public:
  explicit DiceImpl(DiceOptions options = {})
      : ElementwiseLossImpl("dice", {options.reduction, options.dtype, options.name}), axis_(std::move(options.axis)) {}

  void fields(Fields& field) override {
    LossImpl::fields(field);
    axis_field(field, axis_);
  }

  at::Tensor call(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return dice(y_true, y_pred, axis_);
  }

 private:
  std::vector<int64_t> axis_;
};

class TverskyImpl final : public ElementwiseLossImpl {
 public:
  explicit TverskyImpl(TverskyOptions options = {})
      : ElementwiseLossImpl("tversky", {options.reduction, options.dtype, options.name}),
        arguments_{options.alpha, options.beta, std::move(options.axis)} {}

  void fields(Fields& field) override {
    LossImpl::fields(field);
    field("alpha", arguments_.alpha);
    field("beta", arguments_.beta);
    axis_field(field, arguments_.axis);
  }

  at::Tensor call(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return tversky(y_true, y_pred, arguments_);
  }

 private:
  TverskyArguments arguments_;
};

}  // namespace

Dice::Dice(DiceOptions options) : Loss(std::make_shared<DiceImpl>(std::move(options))) {}
Tversky::Tversky(TverskyOptions options) : Loss(std::make_shared<TverskyImpl>(std::move(options))) {}

void register_segmentation(Registry<LossImpl>& losses) {
  losses.add<DiceImpl>("Dice");
  losses.add<TverskyImpl>("Tversky");
}

}  // namespace keraslike::losses

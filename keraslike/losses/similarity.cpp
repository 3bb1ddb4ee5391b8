#include "keraslike/losses/similarity.h"

#include <limits>
#include <utility>

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/where.h>

#include "keraslike/losses/loss_impl.h"
#include "keraslike/losses/numeric.h"
#include "keraslike/saving/fields.h"

namespace keraslike::losses {

namespace {

// Of each row, over the entries that the mask allows; minus infinity where there are none.
at::Tensor masked_logsumexp(const at::Tensor& values, const at::Tensor& mask) {
  return at::logsumexp(at::where(mask, values, -std::numeric_limits<float>::infinity()), 1);
}

}  // namespace

at::Tensor circle(const at::Tensor& y_true, const at::Tensor& y_pred, CircleArguments arguments) {
  const auto [gamma, margin, remove_diagonal] = arguments;
  const at::Tensor labels = y_true.to(at::kInt).reshape({-1, 1});
  const at::Tensor is_same = labels == labels.t();
  const at::Tensor positive =
      remove_diagonal ? is_same & ~at::eye(labels.size(0), is_same.options()) : is_same;
  const at::Tensor negative = ~is_same;
  const at::Tensor distance = maximum(1.0 - y_pred.matmul(y_pred.t()), 0.0);
  const at::Tensor positive_weight = maximum((margin + distance) * positive.to(distance.scalar_type()), 0.0);
  const at::Tensor negative_weight = maximum((1.0 + margin - distance) * negative.to(distance.scalar_type()), 0.0);
  return at::softplus(masked_logsumexp(-gamma * positive_weight * (margin - distance), positive) +
                      masked_logsumexp(gamma * negative_weight * (1.0 - margin - distance), negative));
}

namespace {

class CircleImpl final : public LossImpl {
 public:
  explicit CircleImpl(CircleOptions options = {})
      : LossImpl(options.name.empty() ? "circle" : std::move(options.name), std::move(options.reduction),
                 options.dtype),
        arguments_{options.gamma, options.margin, options.remove_diagonal} {}

  void fields(Fields& field) override {
    LossImpl::fields(field);
    field("gamma", arguments_.gamma);
    field("margin", arguments_.margin);
    field("remove_diagonal", arguments_.remove_diagonal);
  }

  at::Tensor call(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    return circle(y_true, y_pred, arguments_);
  }

  at::Tensor mask(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    const at::NoGradGuard no_gradient;
    return circle(y_true, y_pred, arguments_) > 0;
  }

  void check_shapes(const Shape& y_true, const Shape& y_pred) const override {
    const bool are_labels = y_true.rank() == 1 || (y_true.rank() == 2 && y_true.back() == 1);
    if (are_labels && y_pred.rank() == 2) return;
    throw ValueError(
        "Circle expects class numbers of shape (batch_size,) or (batch_size, 1) and embeddings of shape (batch_size, "
        "size). Received: y_true.shape={}, y_pred.shape={}.",
        y_true, y_pred);
  }

  bool takes_labels() const override { return true; }

 private:
  CircleArguments arguments_;
};

}  // namespace

Circle::Circle(CircleOptions options) : Loss(std::make_shared<CircleImpl>(std::move(options))) {}

void register_similarity(Registry<LossImpl>& losses) { losses.add<CircleImpl>("Circle"); }

}  // namespace keraslike::losses

#include "keraslike/losses/sequence.h"

#include <utility>

#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/ctc_loss.h>
#include <ATen/ops/full.h>
#include <ATen/ops/log_softmax.h>

#include "keraslike/losses/checks.h"
#include "keraslike/losses/loss_impl.h"
#include "keraslike/losses/reduction.h"

namespace keraslike::losses {

namespace {

void check_sequences(const Shape& y_true, const Shape& y_pred) {
  if (y_true.rank() != 2) {
    throw ValueError(
        "Targets `y_true` are expected to be a tensor of shape `(batch_size, max_length)` in integer format. "
        "Received: y_true.shape={}",
        y_true);
  }
  if (y_pred.rank() != 3) {
    throw ValueError(
        "Logits `y_pred` are expected to be a tensor of shape `(batch_size, max_length, num_classes)`. Received: "
        "y_pred.shape={}",
        y_pred);
  }
}

}  // namespace

at::Tensor ctc(const at::Tensor& y_true, const at::Tensor& y_pred) {
  check_sequences(shape_of(y_true), shape_of(y_pred));
  const at::Tensor labels = y_true.to(at::kLong);
  const at::Tensor steps = at::full({y_pred.size(0)}, y_pred.size(1), labels.options());
  const at::Tensor log_probabilities = at::log_softmax(y_pred.transpose(0, 1), -1);
  return at::ctc_loss(log_probabilities, labels, steps, (labels != 0).sum(-1), /*blank=*/0, at::Reduction::None);
}

namespace {

class CTCImpl final : public LossImpl {
 public:
  explicit CTCImpl(LossOptions options = {})
      : LossImpl(options.name.empty() ? "ctc" : std::move(options.name), std::move(options.reduction),
                 options.dtype) {}

  at::Tensor call(const at::Tensor& y_true, const at::Tensor& y_pred) const override { return ctc(y_true, y_pred); }

  void check_shapes(const Shape& y_true, const Shape& y_pred) const override { check_sequences(y_true, y_pred); }

  void check_values(const at::Tensor& y_true, const Shape& y_pred) const override {
    check_label_values("CTC", y_true, y_pred.back(), std::nullopt);
  }

  bool takes_labels() const override { return true; }
};

}  // namespace

CTC::CTC(LossOptions options) : Loss(std::make_shared<CTCImpl>(std::move(options))) {}

void register_sequence(Registry<LossImpl>& losses) { losses.add<CTCImpl>("CTC"); }

}  // namespace keraslike::losses

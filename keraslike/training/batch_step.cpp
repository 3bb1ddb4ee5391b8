#include "keraslike/training/batch_step.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <c10/util/Exception.h>

#include "keraslike/optimizers/optimizer_impl.h"
#include "keraslike/training/compiled.h"
#include "keraslike/training/network.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/warnings.h"

namespace keraslike::training {

namespace {

// Where LibTorch lacks a derivative, of float16 on the CPU for example.
void take_gradients(const at::Tensor& loss, const std::string& model) {
  try {
    loss.backward();
  } catch (const c10::Error& error) {
    throw ValueError("The gradients of model '{}' can not be computed: {}.", model, layers::reason_of(error));
  }
}

}  // namespace

layers::Values BatchStep::forward() const { return network_.forward(batch_.x, {.training = training_}); }

at::Tensor BatchStep::compute_loss(const layers::Values& predictions) {
  at::Tensor total = compiled_.loss(batch_, predictions);
  const auto add = [&](const at::Tensor& loss) { total = total.defined() ? total + loss : loss; };
  for (const auto& penalty : network_.root().take_losses()) add(penalty);
  for (const auto& weight : network_.root().trainable_weights()) {
    if (weight->regularizer) add((*weight->regularizer)(weight->in_keras_shape(weight->tensor)));
  }
  if (!total.defined()) throw ValueError("No loss to compute. Provide a `loss` argument in `compile()`.");
  return total;
}

void BatchStep::update_loss(const at::Tensor& loss) { compiled_.update_total(loss, batch_.rows()); }

void BatchStep::apply_gradients(const at::Tensor& loss) {
  const auto weights = network_.root().trainable_weights();
  if (weights.empty()) return utils::warn("The model does not have any trainable weights.");
  for (const auto& weight : weights) weight->tensor.mutable_grad() = at::Tensor();
  take_gradients(optimizer_->scale_loss(loss), network_.root().name());
  Tensors gradients;
  for (const auto& weight : weights) gradients.push_back(weight->tensor.grad());
  optimizer_->apply(gradients, weights);
}

void BatchStep::update_metrics(const layers::Values& predictions) {
  const at::NoGradGuard no_grad;
  compiled_.update_metrics(batch_, predictions);
}

StepLogs BatchStep::results() const { return compiled_.results(); }

void BatchStep::train() {
  const layers::Values predictions = forward();
  const at::Tensor loss = compute_loss(predictions);
  update_loss(loss);
  apply_gradients(loss);
  update_metrics(predictions);
}

void BatchStep::test() {
  const layers::Values predictions = forward();
  update_loss(compute_loss(predictions));
  update_metrics(predictions);
}

}  // namespace keraslike::training

// The innermost part of training: one batch, and one pass over batches.

#include "keraslike/training/trainer.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>

#include "keraslike/optimizers/optimizer_impl.h"
#include "keraslike/training/plans.h"
#include "keraslike/utils/warnings.h"

namespace keraslike::training {

namespace {

// Switches LibTorch's modules between training and inference for as long as it lives.
class TrainingMode {
 public:
  TrainingMode(torch::nn::Module& module, bool on) : module_(module), before_(module.is_training()) {
    module.train(on);
  }
  ~TrainingMode() { module_.train(before_); }
  TrainingMode(const TrainingMode&) = delete;
  TrainingMode& operator=(const TrainingMode&) = delete;

 private:
  torch::nn::Module& module_;
  bool before_;
};

// Cuts an epoch into groups of `steps_per_execution` batches: hooks are called around a group, as in Keras.
class Groups {
 public:
  explicit Groups(int64_t size) : size_(size) {}

  bool opens(int64_t step) const { return step % size_ == 0; }
  bool closes(int64_t step, bool last) const { return last || (step + 1) % size_ == 0; }

 private:
  int64_t size_;
};

void copy_into(const Tensors& buffers, const Tensors& values) {
  for (size_t i = 0; i < buffers.size(); ++i) {
    if (buffers[i].defined()) buffers[i].copy_(values[i]);
  }
}

void copy_rows(const Samples& batch, const Samples& buffers) {
  copy_into(buffers.x, batch.x);
  copy_into(buffers.y, batch.y);
  copy_into(buffers.weights, batch.weights);
}

}  // namespace

void Trainer::train_epoch(BatchStream& batches, CallbackList& callbacks) {
  const TrainingMode mode(network_.root(), true);
  const Groups groups(options_->steps_per_execution);
  plans_->follow(network_);
  compiled_->reset();
  batches.begin_epoch();
  for (int64_t step = 0; !stop_training; ++step) {
    const auto batch = batches.next();
    if (!batch) break;
    if (groups.opens(step)) callbacks.on_train_batch_begin(step);
    train_step(*batch);
    if (groups.closes(step, !batches.has_next())) callbacks.on_train_batch_end(step, results_on_demand());
  }
}

void Trainer::test_pass(BatchStream& batches, CallbackList& callbacks) {
  const TrainingMode mode(network_.root(), false);
  const Groups groups(options_->steps_per_execution);
  callbacks.on_test_begin();
  compiled_->reset();
  batches.reset();
  batches.begin_epoch();
  for (int64_t step = 0; const auto batch = batches.next(); ++step) {
    if (groups.opens(step)) callbacks.on_test_batch_begin(step);
    test_step(*batch);
    if (groups.closes(step, !batches.has_next())) callbacks.on_test_batch_end(step, results_on_demand());
  }
  callbacks.on_test_end(compiled_->results());
}

Tensors Trainer::predict_pass(BatchStream& batches, CallbackList& callbacks) {
  const TrainingMode mode(network_.root(), false);
  const at::NoGradGuard no_grad;
  std::vector<Tensors> parts;
  callbacks.on_predict_begin();
  batches.begin_epoch();
  for (int64_t step = 0; const auto batch = batches.next(); ++step) {
    callbacks.on_predict_batch_begin(step);
    parts.push_back(tensors_in(network_.forward(batch->x, {.training = false})));
    network_.root().take_losses();
    callbacks.on_predict_batch_end(step);
  }
  callbacks.on_predict_end();
  Tensors outputs;
  for (size_t i = 0; i < parts.front().size(); ++i) {
    Tensors pieces;
    for (const auto& part : parts) pieces.push_back(part[i]);
    outputs.push_back(pieces.size() == 1 ? pieces.front() : at::cat(pieces));
  }
  return outputs;
}

// Keras' order: the compiled losses, then penalties on outputs, then penalties on weights that train.
at::Tensor Trainer::total_loss(const Samples& batch, const layers::Values& predictions) {
  at::Tensor total = compiled_->loss(batch, predictions);
  for (const auto& penalty : network_.root().take_losses()) total = total + penalty;
  for (const auto& weight : network_.root().trainable_weights()) {
    if (weight->regularizer) total = total + (*weight->regularizer)(weight->in_keras_shape(weight->tensor));
  }
  return total;
}

// Keras' order: loss, weights, metrics.
void Trainer::run_planned(StepPlan& plan, const Samples& batch) {
  copy_rows(batch, plan.batch());
  plan.run();
  compiled_->update_losses(plan.losses(), batch.rows());
  compiled_->update_total(plan.total(), batch.rows());
  for (size_t i = 0; i < plan.weights().size(); ++i) {
    plan.weights()[i]->tensor.mutable_grad() = plan.gradients()[i];
  }
  if (plan.weights().empty()) {
    utils::warn("The model does not have any trainable weights.");
  } else {
    (*optimizer_)->apply(plan.gradients(), plan.weights());
  }
  const at::NoGradGuard no_grad;
  layers::Values predictions;
  for (const auto& prediction : plan.predictions()) predictions.push_back({prediction});
  compiled_->update_metrics(plan.batch(), predictions);
  if (plan.is_held()) plans_->give_up();
}

void Trainer::train_step(const Samples& batch) {
  const auto plan = plans_->find(network_, &*compiled_, StepPlan::Purpose::Train, (*optimizer_)->loss_scale(), batch);
  if (plan != nullptr) return run_planned(*plan, batch);
  const at::AutoGradMode grad_mode(true);
  const auto weights = network_.root().trainable_weights();
  for (const auto& weight : weights) weight->tensor.mutable_grad() = at::Tensor();
  const layers::Values predictions = network_.forward(batch.x, {.training = true});
  const at::Tensor total = total_loss(batch, predictions);
  compiled_->update_total(total, batch.rows());
  if (weights.empty()) {
    utils::warn("The model does not have any trainable weights.");
  } else {
    (*optimizer_)->scale_loss(total).backward();
    Tensors gradients;
    for (const auto& weight : weights) gradients.push_back(weight->tensor.grad());
    (*optimizer_)->apply(gradients, weights);
  }
  const at::NoGradGuard no_grad;
  compiled_->update_metrics(batch, predictions);
}

void Trainer::test_step(const Samples& batch) {
  const at::NoGradGuard no_grad;
  const layers::Values predictions = network_.forward(batch.x, {.training = false});
  compiled_->update_total(total_loss(batch, predictions), batch.rows());
  compiled_->update_metrics(batch, predictions);
}

Logs Trainer::results_on_demand() const {
  return Logs([this] { return compiled_->results(); });
}

}  // namespace keraslike::training

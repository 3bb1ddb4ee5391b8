// The innermost part of training: one batch, and one pass over batches.

#include "keraslike/training/trainer.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>

#include "keraslike/layers/device_of.h"
#include "keraslike/layers/training_mode.h"
#include "keraslike/optimizers/optimizer_impl.h"
#include "keraslike/training/feeder.h"
#include "keraslike/training/plans.h"
#include "keraslike/utils/parallel.h"
#include "keraslike/utils/warnings.h"

namespace keraslike::training {

namespace {

// Cuts an epoch into groups of `steps_per_execution` batches: hooks are called around a group, as in Keras.
class Groups {
 public:
  explicit Groups(int64_t size) : size_(size) {}

  bool opens(int64_t step) const { return step % size_ == 0; }
  bool closes(int64_t step, bool last) const { return last || (step + 1) % size_ == 0; }

 private:
  int64_t size_;
};

// What leaves the library does so in main memory.
Tensors in_main_memory(Tensors tensors) {
  for (at::Tensor& tensor : tensors) tensor = tensor.cpu();
  return tensors;
}

}  // namespace

void Trainer::train_epoch(BatchStream& batches, CallbackList& callbacks) {
  const utils::Sharer sharer;
  const layers::TrainingMode mode(network_.root(), true);
  const Groups groups(options_->steps_per_execution);
  plans_->follow(network_);
  reset_results();
  Feeder feeder(batches.samples());
  batches.begin_epoch();
  for (int64_t step = 0; !stop_training; ++step) {
    const auto rows = batches.next_rows();
    if (!rows) break;
    if (groups.opens(step)) callbacks.on_train_batch_begin(step);
    train_step(feeder, *rows);
    feeder.send_ahead(batches);
    if (groups.closes(step, !batches.has_next())) callbacks.on_train_batch_end(step, results_on_demand());
  }
}

void Trainer::test_pass(BatchStream& batches, CallbackList& callbacks) {
  const utils::Sharer sharer;
  const layers::TrainingMode mode(network_.root(), false);
  const Groups groups(options_->steps_per_execution);
  callbacks.on_test_begin();
  plans_->follow(network_);
  reset_results();
  Feeder feeder(batches.samples());
  batches.reset();
  batches.begin_epoch();
  for (int64_t step = 0; const auto rows = batches.next_rows(); ++step) {
    if (groups.opens(step)) callbacks.on_test_batch_begin(step);
    test_step(feeder, *rows);
    feeder.send_ahead(batches);
    if (groups.closes(step, !batches.has_next())) callbacks.on_test_batch_end(step, results_on_demand());
  }
  callbacks.on_test_end(results());
}

// Planned, several threads may be here at once; on autograd one at a time, since layers keep what they find on the way.
// A plan's buffers are written again for the next rows.
Tensors Trainer::predict_rows(Feeder& feeder, const BatchRows& rows) {
  if (auto plan = plans_->take(network_, feeder.samples(), rows.count)) {
    rows.copy(feeder.samples(), plan->batch());
    plan->run();
    Tensors predictions;
    for (const auto& prediction : plan->predictions()) predictions.push_back(prediction.clone());
    plans_->give_back(std::move(plan));
    return predictions;
  }
  const std::lock_guard lock(predicting_);
  const layers::TrainingMode mode(network_.root(), false);
  const Samples batch = feeder.take(rows, layers::device_of(network_.root()));
  Tensors predictions = tensors_in(network_.forward(batch.x, {.training = false}));
  network_.root().take_losses();
  return predictions;
}

Tensors Trainer::predict_pass(BatchStream& batches, CallbackList& callbacks) {
  const utils::Sharer sharer;
  const at::NoGradGuard no_grad;
  std::vector<Tensors> parts;
  Feeder feeder(batches.samples());
  plans_->follow(network_);
  callbacks.on_predict_begin();
  batches.begin_epoch();
  for (int64_t step = 0; const auto rows = batches.next_rows(); ++step) {
    callbacks.on_predict_batch_begin(step);
    Tensors predictions = predict_rows(feeder, *rows);
    feeder.send_ahead(batches);
    parts.push_back(in_main_memory(std::move(predictions)));
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

StepPlan* Trainer::planned(StepPlan::Purpose purpose, const Samples& samples, const BatchRows& rows) {
  const bool trains = purpose == StepPlan::Purpose::Train;
  const auto loss_scale = trains ? (*optimizer_)->loss_scale() : std::optional<double>(1.0);
  StepPlan* const plan = plans_->find(network_, &*compiled_, purpose, loss_scale, samples, rows.count);
  if (plan != nullptr) rows.copy(samples, plan->batch());
  return plan;
}

std::string Trainer::why_eager() const { return plans_->reason(); }

void Trainer::train_step(Feeder& feeder, const BatchRows& rows) {
  OwnSteps* const own = network_.own_steps();
  StepPlan* const plan = own ? nullptr : planned(StepPlan::Purpose::Train, feeder.samples(), rows);
  if (plan != nullptr) return train_planned(*plan);
  const at::AutoGradMode grad_mode(true);
  BatchStep step = batch_step(feeder, rows, /*training=*/true);
  if (own == nullptr) return step.train();
  own_results_ = own->train_step(step);
}

void Trainer::train_planned(StepPlan& plan) {
  plan.run();
  compiled_->update_losses(plan.losses(), plan.batch().rows());
  compiled_->update_total(plan.total(), plan.batch().rows());
  const auto& weights = plan.weights();
  for (size_t i = 0; i < weights.size(); ++i) weights[i]->tensor.mutable_grad() = plan.gradients()[i];
  if (weights.empty()) {
    utils::warn("The model does not have any trainable weights.");
  } else {
    (*optimizer_)->apply(plan.gradients(), weights);
  }
  update_metrics(plan);
}

void Trainer::update_metrics(StepPlan& plan) {
  const at::NoGradGuard no_grad;
  {
    // Gone before anybody counts who holds them.
    const layers::Values predictions = plan.masked_predictions();
    compiled_->update_metrics(plan.batch(), predictions);
  }
  if (plan.is_held()) plans_->give_up();
}

void Trainer::test_step(Feeder& feeder, const BatchRows& rows) {
  OwnSteps* const own = network_.own_steps();
  if (StepPlan* const plan = own ? nullptr : planned(StepPlan::Purpose::Evaluate, feeder.samples(), rows)) {
    plan->run();
    compiled_->update_losses(plan->losses(), rows.count);
    compiled_->update_total(plan->total(), rows.count);
    return update_metrics(*plan);
  }
  const at::NoGradGuard no_grad;
  BatchStep step = batch_step(feeder, rows, /*training=*/false);
  if (own == nullptr) return step.test();
  own_results_ = own->test_step(step);
}

// Asked at each step where that is: a callback may have moved the weights.
BatchStep Trainer::batch_step(Feeder& feeder, const BatchRows& rows, bool training) {
  return {network_, *compiled_, *optimizer_, feeder.take(rows, layers::device_of(network_.root())), training};
}

Tensors Trainer::predict_on_batch(const Data& x) {
  const Samples samples = prepare_inputs(x, false);

  const std::lock_guard lock(predicting_);
  build_network(samples);
  const at::NoGradGuard no_grad;
  const Samples batch = Feeder(samples).take({0, samples.rows(), {}}, layers::device_of(network_.root()));
  return in_main_memory(tensors_in(network_.forward(batch.x, {.training = false})));
}

void Trainer::reset_results() {
  compiled_->reset();
  own_results_.clear();
  if (const OwnSteps* own = network_.own_steps()) {
    for (const Metric& metric : own->metrics()) metric->reset_state();
  }
}

StepLogs Trainer::results() const { return network_.own_steps() ? own_results_ : compiled_->results(); }

Logs Trainer::results_on_demand() const {
  return Logs([this] { return results(); });
}

}  // namespace keraslike::training

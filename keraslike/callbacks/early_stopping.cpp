#include "keraslike/callbacks/early_stopping.h"

#include <fmt/format.h>

#include "keraslike/models/model.h"
#include "keraslike/utils/console.h"

namespace keraslike::callbacks {

EarlyStopping::EarlyStopping(EarlyStoppingOptions options)
    : options_(std::move(options)),
      monitor_("EarlyStopping", options_.monitor, options_.mode, options_.min_delta) {}

void EarlyStopping::on_train_begin(Logs&) {
  best_.reset();
  best_weights_.reset();
  wait_ = 0;
  stopped_epoch_ = 0;
  best_epoch_ = 0;
}

void EarlyStopping::remember(int64_t epoch) {
  best_epoch_ = epoch;
  if (options_.restore_best_weights) best_weights_ = model().get_weights();
}

// keras/src/callbacks/early_stopping.py
void EarlyStopping::on_epoch_end(int64_t epoch, Logs& logs) {
  monitor_.resolve([this](const std::string& key) { return model().metric_direction(key); });
  const auto current = monitor_.value_in(logs, "Early stopping conditioned on");
  if (!current || epoch < options_.start_from_epoch) return;
  ++wait_;
  if (monitor_.is_improvement(*current, best_)) {
    best_ = current;
    remember(epoch);
    if (monitor_.is_improvement(*current, options_.baseline)) wait_ = 0;
    return;
  }
  if (wait_ >= options_.patience && epoch > 0) {
    stopped_epoch_ = epoch;
    model().set_stop_training(true);
  }
}

void EarlyStopping::on_train_end(Logs&) {
  if (stopped_epoch_ > 0 && options_.verbose > 0) {
    utils::print_line(fmt::format("Epoch {}: early stopping", stopped_epoch_ + 1));
  }
  if (!best_weights_) return;
  if (options_.verbose > 0) {
    utils::print_line(fmt::format("Restoring model weights from the end of the best epoch: {}.", best_epoch_ + 1));
  }
  model().set_weights(*best_weights_);
}

}  // namespace keraslike::callbacks

#include "keraslike/callbacks/reduce_lr_on_plateau.h"

#include <algorithm>

#include <fmt/format.h>

#include "keraslike/callbacks/learning_rates.h"
#include "keraslike/models/model.h"
#include "keraslike/utils/console.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/number_format.h"

namespace keraslike::callbacks {

ReduceLROnPlateau::ReduceLROnPlateau(ReduceLROnPlateauOptions options)
    : options_(std::move(options)),
      monitor_("ReduceLROnPlateau", options_.monitor, options_.mode, options_.min_delta) {
  if (options_.factor < 1.0) return;
  throw ValueError("ReduceLROnPlateau does not support a factor >= 1.0. Received factor={}",
                   utils::python_float(options_.factor));
}

void ReduceLROnPlateau::on_train_begin(Logs&) {
  best_.reset();
  cooldown_counter_ = 0;
  wait_ = 0;
}

void ReduceLROnPlateau::on_epoch_end(int64_t epoch, Logs& logs) {
  monitor_.resolve([this](const std::string& key) { return model().metric_direction(key); });
  log_learning_rates(model().optimizer(), logs);
  const auto current = monitor_.value_in(logs, "Learning rate reduction is conditioned on");
  if (!current) return;
  if (in_cooldown()) {
    --cooldown_counter_;
    wait_ = 0;
  }
  if (monitor_.is_improvement(*current, best_)) {
    best_ = current;
    wait_ = 0;
  } else if (!in_cooldown() && ++wait_ >= options_.patience) {
    reduce(epoch);
  }
}

void ReduceLROnPlateau::reduce(int64_t epoch) {
  bool has_reduced = false;
  for (const auto& [named, optimizer] : rated_optimizers(model().optimizer())) {
    if (reduce(optimizer, named, epoch)) has_reduced = true;
  }
  if (!has_reduced) return;
  cooldown_counter_ = options_.cooldown;
  wait_ = 0;
}

// Rates are float32: a rate that stands at `min_lr` stays there without a word.
bool ReduceLROnPlateau::reduce(const Optimizer& optimizer, const std::string& named, int64_t epoch) const {
  const double before = optimizer.learning_rate();
  if (before <= static_cast<double>(static_cast<float>(options_.min_lr))) return false;
  const double after = std::max(before * options_.factor, options_.min_lr);
  optimizer.set_learning_rate(after);
  if (options_.verbose > 0) {
    utils::print_line(fmt::format("\nEpoch {}: ReduceLROnPlateau reducing {}learning rate to {}.", epoch + 1, named,
                                  utils::python_float(after)));
  }
  return true;
}

}  // namespace keraslike::callbacks

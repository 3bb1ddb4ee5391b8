#include "keraslike/callbacks/reduce_lr_on_plateau.h"

#include <algorithm>

#include <fmt/format.h>

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
  logs.set("learning_rate", model().optimizer().learning_rate());
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

// Rates are float32: a rate that stands at `min_lr` stays there without a word.
void ReduceLROnPlateau::reduce(int64_t epoch) {
  const Optimizer optimizer = model().optimizer();
  const double before = optimizer.learning_rate();
  if (before <= static_cast<double>(static_cast<float>(options_.min_lr))) return;
  const double after = std::max(before * options_.factor, options_.min_lr);
  optimizer.set_learning_rate(after);
  if (options_.verbose > 0) {
    utils::print_line(fmt::format("\nEpoch {}: ReduceLROnPlateau reducing learning rate to {}.", epoch + 1,
                                  utils::python_float(after)));
  }
  cooldown_counter_ = options_.cooldown;
  wait_ = 0;
}

}  // namespace keraslike::callbacks

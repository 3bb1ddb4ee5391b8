#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keraslike/callbacks/callback.h"
#include "keraslike/callbacks/monitor.h"
#include "keraslike/data/array.h"

namespace keraslike::callbacks {

struct EarlyStoppingOptions {
  std::string monitor = "val_loss";
  double min_delta = 0.0;               // what counts as an improvement
  int64_t patience = 0;                 // epochs without one after which training stops
  int verbose = 0;
  std::string mode = "auto";            // "min", "max", or "auto": by the metric
  std::optional<double> baseline = {};  // waiting starts afresh only where this is beaten too
  bool restore_best_weights = false;    // at the end of training, however it ended; not the optimizer's state
  int64_t start_from_epoch = 0;
};

// Stops training when a log no longer gets better. Never after the first epoch.
class EarlyStopping : public Callback {
 public:
  explicit EarlyStopping(EarlyStoppingOptions options = {});

  void on_train_begin(Logs& logs) override;
  void on_epoch_end(int64_t epoch, Logs& logs) override;
  void on_train_end(Logs& logs) override;

  // Epochs since the last improvement; the epoch after which training stopped, from 0 (0: it did not); the best epoch.
  int64_t wait() const { return wait_; }
  int64_t stopped_epoch() const { return stopped_epoch_; }
  int64_t best_epoch() const { return best_epoch_; }
  const std::optional<double>& best() const { return best_; }

 private:
  void remember(int64_t epoch);

  EarlyStoppingOptions options_;
  Monitor monitor_;
  std::optional<double> best_;
  std::optional<std::vector<Array>> best_weights_;
  int64_t wait_ = 0;
  int64_t stopped_epoch_ = 0;
  int64_t best_epoch_ = 0;
};

}  // namespace keraslike::callbacks

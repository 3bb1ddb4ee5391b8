#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/callbacks/callback.h"
#include "keraslike/callbacks/monitor.h"
#include "keraslike/optimizers/optimizer.h"

namespace keraslike::callbacks {

struct ReduceLROnPlateauOptions {
  std::string monitor = "val_loss";
  double factor = 0.1;       // below 1
  int64_t patience = 10;     // epochs without an improvement after which the rate is multiplied by `factor`
  int verbose = 0;
  std::string mode = "auto";  // "min", "max", or "auto": by the metric
  double min_delta = 1e-4;    // what counts as an improvement
  int64_t cooldown = 0;       // epochs after a reduction that count for nothing
  double min_lr = 0.0;
};

// Lowers the learning rate when a log no longer gets better, and puts it into the logs as "learning_rate"; with a
// MultiOptimizer that of each optimizer inside, as "learning_rate_adam".
class ReduceLROnPlateau : public Callback {
 public:
  explicit ReduceLROnPlateau(ReduceLROnPlateauOptions options = {});

  void on_train_begin(Logs& logs) override;
  void on_epoch_end(int64_t epoch, Logs& logs) override;

  bool in_cooldown() const { return cooldown_counter_ > 0; }
  int64_t wait() const { return wait_; }
  const std::optional<double>& best() const { return best_; }

 private:
  void reduce(int64_t epoch);
  bool reduce(const Optimizer& optimizer, const std::string& named, int64_t epoch) const;

  ReduceLROnPlateauOptions options_;
  Monitor monitor_;
  std::optional<double> best_;
  int64_t cooldown_counter_ = 0;
  int64_t wait_ = 0;
};

}  // namespace keraslike::callbacks

#pragma once

#include <cstdint>
#include <functional>

#include "keraslike/callbacks/callback.h"

namespace keraslike::callbacks {

struct LearningRateSchedulerOptions {
  int verbose = 0;
};

// Sets the learning rate at the beginning of each epoch to `schedule(epoch, learning_rate)` or `schedule(epoch)`, and
// puts it into the logs as "learning_rate". Of a MultiOptimizer it sets and logs that of each optimizer inside, as
// "learning_rate_adam".
class LearningRateScheduler : public Callback {
 public:
  using Schedule = std::function<double(int64_t epoch, double learning_rate)>;

  explicit LearningRateScheduler(Schedule schedule, LearningRateSchedulerOptions options = {});
  explicit LearningRateScheduler(std::function<double(int64_t epoch)> schedule,
                                 LearningRateSchedulerOptions options = {});

  void on_epoch_begin(int64_t epoch, Logs& logs) override;
  void on_epoch_end(int64_t epoch, Logs& logs) override;

 private:
  Schedule schedule_;
  LearningRateSchedulerOptions options_;
};

}  // namespace keraslike::callbacks

#include "keraslike/callbacks/learning_rate_scheduler.h"

#include <fmt/format.h>

#include "keraslike/callbacks/learning_rates.h"
#include "keraslike/models/model.h"
#include "keraslike/utils/console.h"
#include "keraslike/utils/number_format.h"

namespace keraslike::callbacks {

LearningRateScheduler::LearningRateScheduler(Schedule schedule, LearningRateSchedulerOptions options)
    : schedule_(std::move(schedule)), options_(options) {}

LearningRateScheduler::LearningRateScheduler(std::function<double(int64_t)> schedule,
                                             LearningRateSchedulerOptions options)
    : LearningRateScheduler([schedule = std::move(schedule)](int64_t epoch, double) { return schedule(epoch); },
                            options) {}

void LearningRateScheduler::on_epoch_begin(int64_t epoch, Logs&) {
  for (const auto& [named, optimizer] : rated_optimizers(model().optimizer())) {
    const double learning_rate = schedule_(epoch, optimizer.learning_rate());
    optimizer.set_learning_rate(learning_rate);
    if (options_.verbose <= 0) continue;
    utils::print_line(fmt::format("\nEpoch {}: LearningRateScheduler setting {}learning rate to {}.", epoch + 1, named,
                                  utils::python_float(learning_rate)));
  }
}

void LearningRateScheduler::on_epoch_end(int64_t, Logs& logs) {
  log_learning_rates(model().optimizer(), logs);
}

}  // namespace keraslike::callbacks

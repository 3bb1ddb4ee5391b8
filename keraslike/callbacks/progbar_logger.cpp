#include "keraslike/callbacks/progbar_logger.h"

#include <fmt/format.h>

#include "keraslike/utils/console.h"
#include "keraslike/utils/progress_bar.h"

namespace keraslike::callbacks {

namespace {

utils::Progbar::Values values_of(const Logs& logs) { return {logs.begin(), logs.end()}; }

}  // namespace

ProgbarLogger::ProgbarLogger() = default;
ProgbarLogger::~ProgbarLogger() = default;
ProgbarLogger::ProgbarLogger(ProgbarLogger&&) noexcept = default;

void ProgbarLogger::start() {
  utils::ProgbarOptions options;
  options.verbose = params().verbose;
  options.stateless_metrics = std::set<std::string>{};  // logs are averages already
  progress_ = std::make_unique<utils::Progbar>(params().steps, std::move(options));
}

void ProgbarLogger::on_train_begin(Logs&) { inside_fit_ = true; }

void ProgbarLogger::on_epoch_begin(int64_t epoch, Logs&) {
  start();
  if (params().verbose != 0 && params().epochs > 1) {
    utils::print_line(fmt::format("Epoch {}/{}", epoch + 1, params().epochs));
  }
}

void ProgbarLogger::on_epoch_end(int64_t, Logs& logs) { finish(logs); }
void ProgbarLogger::on_train_batch_end(int64_t batch, Logs& logs) { update(batch, logs); }

void ProgbarLogger::on_test_begin(Logs&) {
  testing_ = true;
  if (!inside_fit_) start();
}

void ProgbarLogger::on_test_end(Logs& logs) {
  testing_ = false;
  if (!inside_fit_) finish(logs);
}

void ProgbarLogger::on_test_batch_end(int64_t batch, Logs& logs) {
  if (!inside_fit_) update(batch, logs);
}

void ProgbarLogger::on_predict_begin(Logs&) { start(); }
void ProgbarLogger::on_predict_end(Logs& logs) { finish(logs); }

void ProgbarLogger::on_predict_batch_end(int64_t batch, Logs& logs) {
  wants_batch_logs(batch);
  update(batch, logs);
}

bool ProgbarLogger::wants_batch_logs(int64_t batch) {
  const bool silent = params().verbose != 1 || (inside_fit_ && testing_) || progress_ == nullptr;
  due_ = !silent && progress_->is_due(batch + 1);
  return due_;
}

void ProgbarLogger::update(int64_t batch, const Logs& logs) {
  if (due_) progress_->update(batch + 1, values_of(logs), false);
}

void ProgbarLogger::finish(const Logs& logs) {
  if (progress_ != nullptr) progress_->update(params().steps, values_of(logs), true);
}

}  // namespace keraslike::callbacks

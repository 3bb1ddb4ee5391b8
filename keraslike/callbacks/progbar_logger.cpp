#include "keraslike/callbacks/progbar_logger.h"

#include <set>

#include <fmt/format.h>

#include "keraslike/utils/console.h"
#include "keraslike/utils/progress_bar.h"

namespace keraslike::callbacks {

namespace {

utils::Progbar::Values values_of(const Logs& logs) { return {logs.begin(), logs.end()}; }

}  // namespace

void ProgbarLogger::set_params(const CallbackParams& params) {
  Callback::set_params(params);
  target_ = params.steps;
}

void ProgbarLogger::on_train_begin(Logs&) { is_in_fit_ = true; }
void ProgbarLogger::on_train_end(Logs&) { is_in_fit_ = false; }

// A file gets the epoch's number in the epoch's own line.
void ProgbarLogger::on_epoch_begin(int64_t epoch, Logs&) {
  const std::string title = params().epochs > 1 ? fmt::format("Epoch {}/{}", epoch + 1, params().epochs) : "";
  start(title);
  const bool is_apart = params().verbose == 2 || (params().verbose == 1 && utils::console().is_terminal);
  if (is_apart && !title.empty()) utils::print_line(title);
}

void ProgbarLogger::on_epoch_end(int64_t, Logs& logs) { finish(logs); }

void ProgbarLogger::on_train_batch_end(int64_t batch, Logs& logs) { update(batch, logs); }

void ProgbarLogger::on_test_begin(Logs&) {
  if (!is_in_fit_) start();
}

void ProgbarLogger::on_test_batch_end(int64_t batch, Logs& logs) {
  if (!is_in_fit_) update(batch, logs);
}

void ProgbarLogger::on_test_end(Logs& logs) {
  if (!is_in_fit_) finish(logs);
}

void ProgbarLogger::on_predict_begin(Logs&) { start(); }
void ProgbarLogger::on_predict_batch_end(int64_t batch, Logs&) { update(batch, {}); }
void ProgbarLogger::on_predict_end(Logs&) { finish({}); }

// Logs hold averages already, so the bar shows them as they are.
void ProgbarLogger::start(std::string title) {
  seen_ = 0;
  utils::ProgbarOptions options{.verbose = params().verbose,
                                .stateless_metrics = std::set<std::string>{},
                                .title = std::move(title),
                                .clock = clock_};
  bar_ = std::make_shared<utils::Progbar>(target_, std::move(options));
}

void ProgbarLogger::update(int64_t batch, const Logs& logs) {
  seen_ = batch + 1;
  if (bar_ && bar_->is_due(seen_)) bar_->update(seen_, values_of(logs), false);
}

// Data of unknown length are known after the first epoch.
void ProgbarLogger::finish(const Logs& logs) {
  if (!bar_) return;
  if (!target_) {
    target_ = seen_;
    bar_->set_target(seen_);
  }
  bar_->update(*target_, params().verbose > 0 ? values_of(logs) : utils::Progbar::Values{}, true);
  bar_.reset();
}

}  // namespace keraslike::callbacks

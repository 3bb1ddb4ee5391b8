#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "keraslike/callbacks/callback.h"

namespace keraslike::utils {
class Progbar;
}

namespace keraslike::callbacks {

// Prints progress on the library's console, which `fit`, `evaluate` and `predict` do unless verbose=0. In a terminal it
// is Keras' bar; verbose=1 in a file writes one line an epoch. Validation within `fit` shows only in the epoch's line.
class ProgbarLogger : public Callback {
 public:
  // `clock` gives the seconds since any moment.
  explicit ProgbarLogger(std::function<double()> clock = {}) : clock_(std::move(clock)) {}

  void set_params(const CallbackParams& params) override;

  void on_train_begin(Logs& logs) override;
  void on_train_end(Logs& logs) override;
  void on_epoch_begin(int64_t epoch, Logs& logs) override;
  void on_epoch_end(int64_t epoch, Logs& logs) override;
  void on_train_batch_end(int64_t batch, Logs& logs) override;
  void on_test_begin(Logs& logs) override;
  void on_test_batch_end(int64_t batch, Logs& logs) override;
  void on_test_end(Logs& logs) override;
  void on_predict_begin(Logs& logs) override;
  void on_predict_batch_end(int64_t batch, Logs& logs) override;
  void on_predict_end(Logs& logs) override;

 private:
  void start(std::string title = {});
  void update(int64_t batch, const Logs& logs);
  void finish(const Logs& logs);

  std::function<double()> clock_;
  std::shared_ptr<utils::Progbar> bar_;
  std::optional<int64_t> target_;
  int64_t seen_ = 0;
  bool is_in_fit_ = false;
};

}  // namespace keraslike::callbacks

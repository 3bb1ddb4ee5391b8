#pragma once

#include <cstdint>
#include <memory>

#include "keraslike/callbacks/callback.h"

namespace keraslike {

namespace utils {
class Progbar;
}  // namespace utils

namespace callbacks {

// Prints Keras' progress line: redrawn in place in a terminal, one line per epoch in a file. `fit` adds it unless
// `verbose` is 0. Costs a look at the clock per batch.
class ProgbarLogger : public Callback {
 public:
  ProgbarLogger();
  ~ProgbarLogger() override;
  ProgbarLogger(ProgbarLogger&&) noexcept;

  void on_train_begin(Logs& logs) override;
  void on_epoch_begin(int64_t epoch, Logs& logs) override;
  void on_epoch_end(int64_t epoch, Logs& logs) override;
  void on_train_batch_end(int64_t batch, Logs& logs) override;
  void on_test_begin(Logs& logs) override;
  void on_test_end(Logs& logs) override;
  void on_test_batch_end(int64_t batch, Logs& logs) override;
  void on_predict_begin(Logs& logs) override;
  void on_predict_end(Logs& logs) override;
  void on_predict_batch_end(int64_t batch, Logs& logs) override;
  bool wants_batch_logs(int64_t batch) override;

 private:
  void start();
  void update(int64_t batch, const Logs& logs);
  void finish(const Logs& logs);

  std::unique_ptr<utils::Progbar> progress_;
  bool inside_fit_ = false;  // where validation is silent
  bool testing_ = false;
  bool due_ = false;
};

}  // namespace callbacks
}  // namespace keraslike

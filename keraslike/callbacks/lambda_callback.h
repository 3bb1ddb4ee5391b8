#pragma once

#include <cstdint>
#include <functional>

#include "keraslike/callbacks/callback.h"

namespace keraslike::callbacks {

struct LambdaCallbackOptions {
  std::function<void(int64_t, Logs&)> on_epoch_begin = {};
  std::function<void(int64_t, Logs&)> on_epoch_end = {};
  std::function<void(Logs&)> on_train_begin = {};
  std::function<void(Logs&)> on_train_end = {};
  std::function<void(int64_t, Logs&)> on_train_batch_begin = {};
  std::function<void(int64_t, Logs&)> on_train_batch_end = {};
};

// A callback made of functions: `LambdaCallback({.on_epoch_end = [](int64_t epoch, Logs& logs) { ... }})`.
class LambdaCallback : public Callback {
 public:
  explicit LambdaCallback(LambdaCallbackOptions options);

  void on_epoch_begin(int64_t epoch, Logs& logs) override;
  void on_epoch_end(int64_t epoch, Logs& logs) override;
  void on_train_begin(Logs& logs) override;
  void on_train_end(Logs& logs) override;
  void on_train_batch_begin(int64_t batch, Logs& logs) override;
  void on_train_batch_end(int64_t batch, Logs& logs) override;
  bool wants_batch_logs(int64_t) override { return options_.on_train_batch_end != nullptr; }

 private:
  LambdaCallbackOptions options_;
};

}  // namespace keraslike::callbacks

#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "keraslike/callbacks/callback.h"

namespace keraslike::callbacks {

struct LambdaCallbackOptions {
  using OnRun = std::function<void(Logs& logs)>;
  using OnPart = std::function<void(int64_t epoch_or_batch, Logs& logs)>;

  OnPart on_epoch_begin = {};
  OnPart on_epoch_end = {};
  OnRun on_train_begin = {};
  OnRun on_train_end = {};
  OnPart on_train_batch_begin = {};
  OnPart on_train_batch_end = {};
  OnRun on_test_begin = {};
  OnRun on_test_end = {};
  OnPart on_test_batch_begin = {};
  OnPart on_test_batch_end = {};
  OnRun on_predict_begin = {};
  OnRun on_predict_end = {};
  OnPart on_predict_batch_begin = {};
  OnPart on_predict_batch_end = {};
};

// A callback of functions: `LambdaCallback({.on_epoch_end = [](int64_t epoch, Logs& logs) { ... }})`.
class LambdaCallback : public Callback {
 public:
  explicit LambdaCallback(LambdaCallbackOptions options) : on_(std::move(options)) {}

  void on_epoch_begin(int64_t epoch, Logs& logs) override { call(on_.on_epoch_begin, epoch, logs); }
  void on_epoch_end(int64_t epoch, Logs& logs) override { call(on_.on_epoch_end, epoch, logs); }
  void on_train_begin(Logs& logs) override { call(on_.on_train_begin, logs); }
  void on_train_end(Logs& logs) override { call(on_.on_train_end, logs); }
  void on_train_batch_begin(int64_t batch, Logs& logs) override { call(on_.on_train_batch_begin, batch, logs); }
  void on_train_batch_end(int64_t batch, Logs& logs) override { call(on_.on_train_batch_end, batch, logs); }
  void on_test_begin(Logs& logs) override { call(on_.on_test_begin, logs); }
  void on_test_end(Logs& logs) override { call(on_.on_test_end, logs); }
  void on_test_batch_begin(int64_t batch, Logs& logs) override { call(on_.on_test_batch_begin, batch, logs); }
  void on_test_batch_end(int64_t batch, Logs& logs) override { call(on_.on_test_batch_end, batch, logs); }
  void on_predict_begin(Logs& logs) override { call(on_.on_predict_begin, logs); }
  void on_predict_end(Logs& logs) override { call(on_.on_predict_end, logs); }
  void on_predict_batch_begin(int64_t batch, Logs& logs) override { call(on_.on_predict_batch_begin, batch, logs); }
  void on_predict_batch_end(int64_t batch, Logs& logs) override { call(on_.on_predict_batch_end, batch, logs); }

 private:
  template <class Function, class... Args>
  void call(const Function& function, Args&... arguments) {
    if (function) function(arguments...);
  }

  LambdaCallbackOptions on_;
};

}  // namespace keraslike::callbacks

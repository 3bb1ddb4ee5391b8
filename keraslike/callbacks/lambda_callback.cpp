#include "keraslike/callbacks/lambda_callback.h"

#include <utility>

namespace keraslike::callbacks {

namespace {

template <class Function, class... Args>
void call(const Function& function, Args&&... args) {
  if (function) function(std::forward<Args>(args)...);
}

}  // namespace

LambdaCallback::LambdaCallback(LambdaCallbackOptions options) : options_(std::move(options)) {}

void LambdaCallback::on_epoch_begin(int64_t epoch, Logs& logs) { call(options_.on_epoch_begin, epoch, logs); }
void LambdaCallback::on_epoch_end(int64_t epoch, Logs& logs) { call(options_.on_epoch_end, epoch, logs); }
void LambdaCallback::on_train_begin(Logs& logs) { call(options_.on_train_begin, logs); }
void LambdaCallback::on_train_end(Logs& logs) { call(options_.on_train_end, logs); }
void LambdaCallback::on_train_batch_begin(int64_t batch, Logs& logs) { call(options_.on_train_batch_begin, batch, logs); }
void LambdaCallback::on_train_batch_end(int64_t batch, Logs& logs) { call(options_.on_train_batch_end, batch, logs); }

}  // namespace keraslike::callbacks

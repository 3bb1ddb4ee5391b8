#include "keraslike/callbacks/callback_list.h"

#include <algorithm>

namespace keraslike::callbacks {

CallbackList::CallbackList(std::vector<CallbackRef> callbacks, Model& model, const CallbackParams& params,
                           Builtin builtin)
    : callbacks_(std::move(callbacks)) {
  const bool has_progress = std::any_of(callbacks_.begin(), callbacks_.end(), [](const CallbackRef& callback) {
    return dynamic_cast<const ProgbarLogger*>(&*callback) != nullptr;
  });
  if (builtin == Builtin::HistoryAndProgress) callbacks_.emplace_back(history_);
  if (params.verbose != 0 && !has_progress) callbacks_.emplace_back(progress_);
  for (auto& callback : callbacks_) {
    callback->set_params(params);
    callback->set_model(model);
  }
}

template <class Hook>
void CallbackList::for_each(Hook hook) {
  for (auto& callback : callbacks_) hook(*callback);
}

// Every callback is asked, so that each can note the step.
Logs CallbackList::logs_if_wanted(int64_t batch, const std::function<Logs()>& logs) {
  bool wanted = false;
  for_each([&](Callback& callback) { wanted = callback.wants_batch_logs(batch) || wanted; });
  return wanted ? logs() : Logs();
}

void CallbackList::on_train_begin() {
  Logs logs;
  for_each([&](Callback& callback) { callback.on_train_begin(logs); });
}

void CallbackList::on_train_end(const Logs& last) {
  Logs logs = last;
  for_each([&](Callback& callback) { callback.on_train_end(logs); });
}

void CallbackList::on_epoch_begin(int64_t epoch) {
  Logs logs;
  for_each([&](Callback& callback) { callback.on_epoch_begin(epoch, logs); });
}

void CallbackList::on_epoch_end(int64_t epoch, Logs& logs) {
  for_each([&](Callback& callback) { callback.on_epoch_end(epoch, logs); });
}

void CallbackList::on_train_batch_begin(int64_t batch) {
  Logs logs;
  for_each([&](Callback& callback) { callback.on_train_batch_begin(batch, logs); });
}

void CallbackList::on_train_batch_end(int64_t batch, const std::function<Logs()>& make_logs) {
  Logs logs = logs_if_wanted(batch, make_logs);
  for_each([&](Callback& callback) { callback.on_train_batch_end(batch, logs); });
}

void CallbackList::on_test_begin() {
  Logs logs;
  for_each([&](Callback& callback) { callback.on_test_begin(logs); });
}

void CallbackList::on_test_end(const Logs& results) {
  Logs logs = results;
  for_each([&](Callback& callback) { callback.on_test_end(logs); });
}

void CallbackList::on_test_batch_begin(int64_t batch) {
  Logs logs;
  for_each([&](Callback& callback) { callback.on_test_batch_begin(batch, logs); });
}

void CallbackList::on_test_batch_end(int64_t batch, const std::function<Logs()>& make_logs) {
  Logs logs = logs_if_wanted(batch, make_logs);
  for_each([&](Callback& callback) { callback.on_test_batch_end(batch, logs); });
}

void CallbackList::on_predict_begin() {
  Logs logs;
  for_each([&](Callback& callback) { callback.on_predict_begin(logs); });
}

void CallbackList::on_predict_end() {
  Logs logs;
  for_each([&](Callback& callback) { callback.on_predict_end(logs); });
}

void CallbackList::on_predict_batch_begin(int64_t batch) {
  Logs logs;
  for_each([&](Callback& callback) { callback.on_predict_batch_begin(batch, logs); });
}

void CallbackList::on_predict_batch_end(int64_t batch) {
  Logs logs;
  for_each([&](Callback& callback) { callback.on_predict_batch_end(batch, logs); });
}

}  // namespace keraslike::callbacks

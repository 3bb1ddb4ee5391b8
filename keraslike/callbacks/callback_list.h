#pragma once

// For sources.

#include <cstdint>
#include <utility>
#include <vector>

#include "keraslike/callbacks/callback.h"
#include "keraslike/callbacks/history.h"

namespace keraslike::callbacks {

// Calls every callback's hook in the order of the list: the user's first, then History and ProgbarLogger where the user
// has not passed one.
//
// Logs come by value: each hook has its own, which its callbacks share. Pass those of a batch as a temporary with a
// source, and no number is fetched unless a callback looks.
class CallbackList {
 public:
  enum class Builtin { HistoryAndProgress, Progress };

  // There is no progress bar where `params.verbose` is 0, unless it is the user's own.
  CallbackList(std::vector<CallbackRef> callbacks, Model& model, const CallbackParams& params, Builtin builtin);

  // Throws ValueError where there is none: `evaluate` and `predict` have no history.
  const History& history() const;

  void on_train_begin(Logs logs = {}) { each(&Callback::on_train_begin, logs); }
  void on_train_end(Logs logs = {}) { each(&Callback::on_train_end, logs); }
  void on_epoch_begin(int64_t epoch, Logs logs = {}) { each(&Callback::on_epoch_begin, epoch, logs); }
  void on_epoch_end(int64_t epoch, Logs logs = {}) { each(&Callback::on_epoch_end, epoch, logs); }
  void on_train_batch_begin(int64_t batch, Logs logs = {}) { each(&Callback::on_train_batch_begin, batch, logs); }
  void on_train_batch_end(int64_t batch, Logs logs = {}) { each(&Callback::on_train_batch_end, batch, logs); }
  void on_test_begin(Logs logs = {}) { each(&Callback::on_test_begin, logs); }
  void on_test_end(Logs logs = {}) { each(&Callback::on_test_end, logs); }
  void on_test_batch_begin(int64_t batch, Logs logs = {}) { each(&Callback::on_test_batch_begin, batch, logs); }
  void on_test_batch_end(int64_t batch, Logs logs = {}) { each(&Callback::on_test_batch_end, batch, logs); }
  void on_predict_begin(Logs logs = {}) { each(&Callback::on_predict_begin, logs); }
  void on_predict_end(Logs logs = {}) { each(&Callback::on_predict_end, logs); }
  void on_predict_batch_begin(int64_t batch, Logs logs = {}) { each(&Callback::on_predict_batch_begin, batch, logs); }
  void on_predict_batch_end(int64_t batch, Logs logs = {}) { each(&Callback::on_predict_batch_end, batch, logs); }

 private:
  template <class Hook, class... Args>
  void each(Hook hook, Args&... arguments) {
    for (const auto& callback : callbacks_) ((*callback).*hook)(arguments...);
  }

  std::vector<CallbackRef> callbacks_;
  History* history_ = nullptr;
};

}  // namespace keraslike::callbacks

namespace keraslike {
using callbacks::CallbackList;
}  // namespace keraslike

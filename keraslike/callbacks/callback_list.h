#pragma once

// For sources.

#include <cstdint>
#include <functional>
#include <vector>

#include "keraslike/callbacks/callback.h"
#include "keraslike/callbacks/history.h"
#include "keraslike/callbacks/progbar_logger.h"

namespace keraslike::callbacks {

// Calls the user's callbacks, then History and the progress bar, at each turning point.
class CallbackList {
 public:
  enum class Builtin { HistoryAndProgress, Progress };

  // The progress bar is added where `params.verbose` is not 0 and the user brought none.
  CallbackList(std::vector<CallbackRef> callbacks, Model& model, const CallbackParams& params, Builtin builtin);
  CallbackList(const CallbackList&) = delete;
  CallbackList& operator=(const CallbackList&) = delete;

  const History& history() const { return history_; }

  void on_train_begin();
  void on_train_end(const Logs& logs);
  void on_epoch_begin(int64_t epoch);
  void on_epoch_end(int64_t epoch, Logs& logs);
  void on_train_batch_begin(int64_t batch);
  void on_test_begin();
  void on_test_end(const Logs& logs);
  void on_test_batch_begin(int64_t batch);
  void on_predict_begin();
  void on_predict_end();
  void on_predict_batch_begin(int64_t batch);
  void on_predict_batch_end(int64_t batch);

  // `logs` is asked only where a callback looks at them.
  void on_train_batch_end(int64_t batch, const std::function<Logs()>& logs);
  void on_test_batch_end(int64_t batch, const std::function<Logs()>& logs);

 private:
  template <class Hook>
  void for_each(Hook hook);
  Logs logs_if_wanted(int64_t batch, const std::function<Logs()>& logs);

  std::vector<CallbackRef> callbacks_;
  History history_;
  ProgbarLogger progress_;
};

}  // namespace keraslike::callbacks

namespace keraslike {
using callbacks::CallbackList;
}  // namespace keraslike

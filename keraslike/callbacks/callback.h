#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace keraslike {

class Model;

// What was measured, by name, in alphabetical order as Keras hands it out.
using Logs = std::map<std::string, double>;

namespace callbacks {

// What `fit` was asked for; `steps` is the number of batches of an epoch.
struct CallbackParams {
  int verbose = 0;
  int64_t epochs = 1;
  int64_t steps = 0;
};

// Something that `fit`, `evaluate` and `predict` call at their turning points. Derive from it and override the hooks
// you want. Indices count from 0. What a hook puts into `logs` is seen by the callbacks after it, and by History.
class Callback {
 public:
  virtual ~Callback() = default;

  virtual void on_train_begin(Logs&) {}
  virtual void on_train_end(Logs&) {}
  virtual void on_epoch_begin(int64_t, Logs&) {}
  virtual void on_epoch_end(int64_t, Logs&) {}
  virtual void on_train_batch_begin(int64_t batch, Logs& logs) { on_batch_begin(batch, logs); }
  virtual void on_train_batch_end(int64_t batch, Logs& logs) { on_batch_end(batch, logs); }
  virtual void on_test_begin(Logs&) {}
  virtual void on_test_end(Logs&) {}
  virtual void on_test_batch_begin(int64_t, Logs&) {}
  virtual void on_test_batch_end(int64_t, Logs&) {}
  virtual void on_predict_begin(Logs&) {}
  virtual void on_predict_end(Logs&) {}
  virtual void on_predict_batch_begin(int64_t, Logs&) {}
  virtual void on_predict_batch_end(int64_t, Logs&) {}

  // Keras' older names of the train hooks.
  virtual void on_batch_begin(int64_t, Logs&) {}
  virtual void on_batch_end(int64_t, Logs&) {}

  // Whether the logs at the end of this batch are looked at. Reading them waits for the device, so a callback that
  // does not look says false; its hook is called all the same, with empty logs if nobody else looked.
  virtual bool wants_batch_logs(int64_t) { return true; }

  virtual void set_params(const CallbackParams& params) { params_ = params; }
  virtual void set_model(Model& model) { model_ = &model; }

  // Set before the first hook.
  const CallbackParams& params() const { return params_; }
  Model& model() const { return *model_; }

 private:
  CallbackParams params_;
  Model* model_ = nullptr;
};

// An element of `.callbacks = {...}`. A callback with a name of its own is borrowed, so that what it saw can be asked
// after `fit`; a temporary is moved in; a shared_ptr is shared.
class CallbackRef {
 public:
  template <std::derived_from<Callback> T>
  CallbackRef(T& callback) : callback_(std::shared_ptr<Callback>(), &callback) {}  // NOLINT: implicit by design

  template <class T>
    requires(std::derived_from<T, Callback> && !std::is_lvalue_reference_v<T> && !std::is_const_v<T>)
  CallbackRef(T&& callback) : callback_(std::make_shared<T>(std::move(callback))) {}  // NOLINT

  template <std::derived_from<Callback> T>
  CallbackRef(std::shared_ptr<T> callback) : callback_(std::move(callback)) {}  // NOLINT

  Callback* operator->() const { return callback_.get(); }
  Callback& operator*() const { return *callback_; }

 private:
  std::shared_ptr<Callback> callback_;
};

}  // namespace callbacks

using callbacks::Callback;
using callbacks::CallbackParams;
using callbacks::CallbackRef;

}  // namespace keraslike

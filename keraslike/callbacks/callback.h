#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "keraslike/callbacks/logs.h"

namespace keraslike {

class Model;

namespace callbacks {

// What `fit` was asked for: its verbosity, the last epoch, and the steps of an epoch, `none` where nobody knows.
struct CallbackParams {
  int64_t verbose = 1;
  int64_t epochs = 1;
  std::optional<int64_t> steps = {};

  friend bool operator==(const CallbackParams&, const CallbackParams&) = default;
};

// Subclass it to take part in `fit`, `evaluate` and `predict`: override the hooks you need. Epochs and batches count
// from 0. The logs of a batch hold the averages since the epoch began; reading them fetches them from the device.
class Callback {
 public:
  virtual ~Callback() = default;

  virtual void set_params(const CallbackParams& params) { params_ = params; }
  virtual void set_model(Model& model) { model_ = &model; }

  const CallbackParams& params() const { return params_; }

  // The model at work. Throws ValueError before `fit`, `evaluate` or `predict` has begun.
  Model& model() const;

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

  // Older names of `on_train_batch_begin` and `on_train_batch_end`.
  virtual void on_batch_begin(int64_t, Logs&) {}
  virtual void on_batch_end(int64_t, Logs&) {}

 protected:
  // Only a subclass is made, copied and moved: a plain Callback would have lost what its subclass does.
  Callback() = default;
  Callback(const Callback&) = default;
  Callback(Callback&&) = default;
  Callback& operator=(const Callback&) = default;
  Callback& operator=(Callback&&) = default;

 private:
  Model* model_ = nullptr;
  CallbackParams params_;
};

// A callback as it is passed on: `.callbacks = {EarlyStopping({.patience = 3}), mine}`. A temporary is moved in. A
// variable is borrowed, so that it shows after `fit` what it has seen, as in Python. A shared pointer is shared.
class CallbackRef {
 public:
  template <class C>
    requires(std::derived_from<std::remove_cvref_t<C>, Callback> && !std::is_const_v<std::remove_reference_t<C>>)
  CallbackRef(C&& callback) {  // NOLINT: the conversion is the purpose of this class
    if constexpr (std::is_lvalue_reference_v<C>) {
      callback_ = std::shared_ptr<Callback>(std::shared_ptr<void>(), &callback);
    } else {
      callback_ = std::make_shared<C>(std::forward<C>(callback));
    }
  }

  template <std::derived_from<Callback> C>
  CallbackRef(std::shared_ptr<C> callback)  // NOLINT
      : CallbackRef(std::shared_ptr<Callback>(std::move(callback)), 0) {}

  Callback& operator*() const { return *callback_; }
  Callback* operator->() const { return callback_.get(); }

 private:
  CallbackRef(std::shared_ptr<Callback> callback, int);  // throws ValueError where there is none

  std::shared_ptr<Callback> callback_;
};

}  // namespace callbacks

using callbacks::Callback;
using callbacks::CallbackParams;
using callbacks::CallbackRef;

}  // namespace keraslike

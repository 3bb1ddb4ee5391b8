#include "keraslike/callbacks/callback.h"

#include "keraslike/utils/errors.h"

namespace keraslike::callbacks {

Model& Callback::model() const {
  if (model_ != nullptr) return *model_;
  throw ValueError(
      "This callback has no model yet: pass it to `fit`, `evaluate` or `predict` in `.callbacks`, which sets it.");
}

CallbackRef::CallbackRef(std::shared_ptr<Callback> callback, int) : callback_(std::move(callback)) {
  if (!callback_) throw ValueError("`callbacks` expects callbacks. Received a null pointer.");
}

}  // namespace keraslike::callbacks

#include "keraslike/callbacks/callback_list.h"

#include <memory>

#include "keraslike/callbacks/progbar_logger.h"
#include "keraslike/utils/errors.h"

namespace keraslike::callbacks {

namespace {

template <class C>
C* last_of(const std::vector<CallbackRef>& callbacks) {
  C* found = nullptr;
  for (const auto& callback : callbacks) {
    if (auto* here = dynamic_cast<C*>(&*callback)) found = here;
  }
  return found;
}

}  // namespace

CallbackList::CallbackList(std::vector<CallbackRef> callbacks, Model& model, const CallbackParams& params,
                           Builtin builtin)
    : callbacks_(std::move(callbacks)) {
  const bool has_progress = last_of<ProgbarLogger>(callbacks_) != nullptr;
  history_ = last_of<History>(callbacks_);
  if (builtin == Builtin::HistoryAndProgress && history_ == nullptr) {
    auto history = std::make_shared<History>();
    history_ = history.get();
    callbacks_.emplace_back(std::move(history));
  }
  if (params.verbose != 0 && !has_progress) callbacks_.emplace_back(ProgbarLogger());
  for (const auto& callback : callbacks_) {
    callback->set_params(params);
    callback->set_model(model);
  }
}

const History& CallbackList::history() const {
  if (history_ != nullptr) return *history_;
  throw ValueError("Only `fit` keeps a history. Pass a `History` in `.callbacks` to have one elsewhere.");
}

}  // namespace keraslike::callbacks

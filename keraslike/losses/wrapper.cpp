#include "keraslike/losses/wrapper.h"

#include <utility>

#include <ATen/core/Tensor.h>

#include "keraslike/losses/reduction.h"
#include "keraslike/saving/fields.h"
#include "keraslike/saving/named_function.h"

namespace keraslike::losses {

namespace {

class LossFunctionWrapperImpl final : public LossImpl, public saving::NamedFunction {
 public:
  LossFunctionWrapperImpl(Loss::Function function, LossOptions options)
      : LossImpl(options.name.empty() ? "function" : std::move(options.name), std::move(options.reduction),
                 options.dtype),
        function_(std::move(function)) {
    if (!function_) {
      throw ValueError("LossFunctionWrapper expects a function of (y_true, y_pred). Received an empty one.");
    }
  }

  void fields(Fields&) override {
    throw ValueError(
        "A loss that is a function of yours is saved by its name, and '{}' is not registered. Register it once: "
        "register_function<Loss>(\"my_package\", \"my_loss\", function).",
        name_);
  }

  at::Tensor call(const at::Tensor& y_true, const at::Tensor& y_pred) const override {
    const auto [targets, outputs] = align(y_true, y_pred);
    return function_(targets, outputs);
  }

 private:
  Loss::Function function_;
};

}  // namespace

std::shared_ptr<LossImpl> Loss::from(Function function) {
  return std::make_shared<LossFunctionWrapperImpl>(std::move(function), LossOptions());
}

LossFunctionWrapper::LossFunctionWrapper(Function function, LossOptions options)
    : Loss(std::make_shared<LossFunctionWrapperImpl>(std::move(function), std::move(options))) {}

}  // namespace keraslike::losses

#include "keraslike/activations/activation.h"

#include <typeinfo>

#include <ATen/core/Tensor.h>

#include "keraslike/activations/families.h"
#include "keraslike/activations/plan.h"
#include "keraslike/saving/named_function.h"
#include "keraslike/utils/errors.h"

namespace keraslike {

namespace activations {

namespace {

class FunctionImpl final : public ActivationImpl, public saving::NamedFunction {
 public:
  explicit FunctionImpl(Activation::Function function) : function_(std::move(function)) {}

  void fields(Fields&) override {
    throw ValueError("An activation that is a function is saved by its name, and this one has none. Register it once: "
                     "register_function<Activation>(\"my_package\", \"my_activation\", function).");
  }

  at::Tensor call(const at::Tensor& x) const override { return function_(x); }

 private:
  Activation::Function function_;
};

}  // namespace

bool is_named(const ActivationImpl& activation, const std::string& name) {
  const auto& known = registry<ActivationImpl>();
  return known.has_class(typeid(activation)) &&
         known.identity(typeid(activation)) == ClassIdentity{"keras.activations", name};
}

std::unique_ptr<PlannedActivation> ActivationImpl::plan(bool training) const {
  return by_autograd(*this, training);
}

std::shared_ptr<ActivationImpl> Activation::from(Function function) {
  return std::make_shared<FunctionImpl>(std::move(function));
}

at::Tensor Activation::operator()(const at::Tensor& x) const { return impl_->call(x); }

}  // namespace activations

template <>
Registry<activations::ActivationImpl>& registry() {
  static Registry<activations::ActivationImpl> instance = [] {
    Registry<activations::ActivationImpl> made("activation function", "keras.activations", ConfigForm::name);
    activations::register_pointwise(made);
    activations::register_shaped(made);
    activations::register_along_axes(made);
    return made;
  }();
  return instance;
}

}  // namespace keraslike

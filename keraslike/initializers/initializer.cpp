#include "keraslike/initializers/initializer.h"

#include <ATen/core/Tensor.h>

#include "keraslike/initializers/families.h"
#include "keraslike/utils/errors.h"

namespace keraslike {

namespace initializers {

namespace {

class FunctionImpl final : public InitializerImpl {
 public:
  explicit FunctionImpl(Initializer::Function function) : function_(std::move(function)) {}

  void fields(Fields&) override {
    throw ValueError("An initializer that is a function can not be saved: subclass InitializerImpl and register it.");
  }

  at::Tensor call(const Shape& shape, DType dtype) const override {
    at::Tensor values = function_(shape, dtype);
    if (!values.defined() || values.sizes() != at::IntArrayRef(shape)) {
      throw ValueError(
          "An initializer function must return a tensor of the shape that it is asked for: {}. Received: {}.", shape,
          values.defined() ? Shape(values.sizes().vec()).to_string() : "an undefined tensor");
    }
    return values;
  }

 private:
  Initializer::Function function_;
};

}  // namespace

std::shared_ptr<InitializerImpl> Initializer::from(Function function) {
  return std::make_shared<FunctionImpl>(std::move(function));
}

at::Tensor Initializer::operator()(const Shape& shape, DType dtype) const {
  if (!shape.is_known()) {
    throw ValueError("An initializer expects a shape without open dimensions. Received: shape={}.", shape);
  }
  return impl_->call(shape, dtype);
}

}  // namespace initializers

template <>
Registry<initializers::InitializerImpl>& registry() {
  static Registry<initializers::InitializerImpl> instance = [] {
    Registry<initializers::InitializerImpl> made("initializer", "keras.initializers", ConfigForm::object);
    initializers::register_constant(made);
    initializers::register_random(made);
    initializers::register_scaling(made);
    initializers::register_stft(made);
    return made;
  }();
  return instance;
}

}  // namespace keraslike

#include "keraslike/layers/lambda.h"

#include <ATen/core/Tensor.h>
#include <fmt/format.h>

#include "keraslike/layers/families.h"
#include "keraslike/layers/trial.h"
#include "keraslike/saving/fields.h"
#include "keraslike/saving/json.h"
#include "keraslike/utils/errors.h"

namespace keraslike {

namespace layers {

namespace {

using saving::Json;

std::string registration(const std::string& name) {
  return fmt::format("`register_function<layers::LambdaFunction>(\"my_package\", \"{}\", function)`", name);
}

// Python's marshalled code: Keras 3 keeps it in an object, Keras 2 in a list.
bool is_code(const Json& function) {
  if (!function.is_object()) return function.is_array();
  const auto class_name = function.find("class_name");
  return class_name != function.end() && *class_name == "__lambda__";
}

class LambdaImpl final : public LayerImpl {
 public:
  LambdaImpl() = default;
  LambdaImpl(NameOr<LambdaFunction> function, LambdaOptions options)
      : LayerImpl(layer_arguments(options)), function_(std::move(function)),
        output_shape_(std::move(options.output_shape)) {
    if (function_.is_none()) throw ValueError("Lambda expects a function, or the name of one. Received: none");
    function_.resolve();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    if (field.is_reading()) read_function(field);
    else field("function", function_);
    output_shape_field(field);
    field.json("arguments", arguments_);
    if (field.is_reading()) check_rest(field);
  }

  void check_call(const Call<TensorSpec>&) const override {}
  void build_call(const Call<TensorSpec>&) override {}

  Values call_all(const Call<Value>& call, const CallOptions&) override {
    std::vector<at::Tensor> inputs;
    for (const Value& value : call.inputs()) inputs.push_back(value.tensor);
    return {{compute(inputs)}};
  }

  std::vector<TensorSpec> output_specs(const Call<TensorSpec>& call) const override {
    auto inputs = call.inputs();
    if (!output_shape_) {
      for (TensorSpec& input : inputs) {
        if (is_floating(input.dtype) && is_floating(compute_dtype())) input.dtype = compute_dtype();
      }
      return trial_(*this, inputs, [this](const Trial::Tensors& tensors) { return Trial::Tensors{compute(tensors)}; });
    }
    return {{output_shape_->with_batch(inputs.front().shape.front())}};
  }

  Shape output_shape(const Shape& input_shape) const override {
    return output_specs(TensorSpec{input_shape}).front().shape;
  }

 private:
  at::Tensor compute(const std::vector<at::Tensor>& inputs) const { return (*function_)->function()(inputs); }

  // A function under the layer's own name stands in for whatever the file has.
  void read_function(Fields& field) {
    std::string text;
    field.json("function", text);
    stands_in_ = registry<LambdaFunctionImpl>().contains(name());
    if (stands_in_) function_ = name();
    else read_name(field, text);
    function_.resolve();
  }

  void read_name(Fields& field, const std::string& text) {
    const Json function = text.empty() ? Json() : Json::parse(text);
    if (function.is_null()) throw ValueError("Lambda expects a function. Received: function=null");
    if (!is_code(function)) return field("function", function_);
    throw ValueError("Layer '{}' is a Lambda with Python's code, which is never executed. Register a function that "
                     "does the same under the layer's name before loading: {}.", name(), registration(name()));
  }

  // A function in the place of a shape is not needed: it is found out.
  void output_shape_field(Fields& field) {
    if (!field.is_reading()) {
      if (output_shape_) field("output_shape", *output_shape_);
      return;
    }
    std::string text;
    field.json("output_shape", text);
    output_shape_.reset();
    const Json json = text.empty() ? Json() : Json::parse(text);
    if (json.is_array() && !json.empty() && json.front().is_number()) field("output_shape", output_shape_.emplace());
  }

  void check_rest(Fields& field) {
    std::string mask;
    field.json("mask", mask);
    if (!mask.empty() && mask != "null") {
      throw ValueError("Layer '{}' is a Lambda with a `mask` of its own, which is not known here. Write a layer "
                       "instead, and register it under the name 'Lambda'.", name());
    }
    if (arguments_.empty() || arguments_ == "null") arguments_ = "{}";
    if (stands_in_ || arguments_ == "{}") return;
    throw ValueError("Layer '{}' gives its function arguments of Python's, {}. Register a function that knows them "
                     "under the layer's name before loading: {}.", name(), arguments_.substr(0, 80),
                     registration(name()));
  }

  NameOr<LambdaFunction> function_ = none;
  std::optional<Shape> output_shape_;
  std::string arguments_ = "{}";
  bool stands_in_ = false;
  mutable Trial trial_;
};

}  // namespace

void LambdaFunctionImpl::fields(Fields&) {
  throw ValueError("The function of a Lambda is saved by its name, and this one has none. Register it once, and give "
                   "the layer what comes back: {}.", registration("my_function"));
}

std::shared_ptr<LambdaFunctionImpl> LambdaFunction::from(OfSeveral function) {
  if (!function) throw ValueError("Lambda expects a function. Received an empty one.");
  return std::make_shared<LambdaFunctionImpl>(std::move(function));
}

std::shared_ptr<LambdaFunctionImpl> LambdaFunction::from(OfOne function) {
  if (!function) throw ValueError("Lambda expects a function. Received an empty one.");
  return std::make_shared<LambdaFunctionImpl>([function = std::move(function)](const std::vector<at::Tensor>& inputs) {
    if (inputs.size() == 1) return function(inputs.front());
    throw ValueError("Lambda has a function of one tensor. Received: {} tensors. Give it one of a vector of tensors.",
                     inputs.size());
  });
}

Lambda::Lambda(NameOr<LambdaFunction> function, LambdaOptions options)
    : Layer(std::make_shared<LambdaImpl>(std::move(function), std::move(options))) {}

void register_lambda(Registry<LayerImpl>& layers) { layers.add<LambdaImpl>("Lambda"); }

}  // namespace layers

template <>
Registry<layers::LambdaFunctionImpl>& registry() {
  static Registry<layers::LambdaFunctionImpl> instance("function of a Lambda", "builtins", ConfigForm::object);
  return instance;
}

}  // namespace keraslike

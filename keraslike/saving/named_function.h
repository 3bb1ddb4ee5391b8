#pragma once

#include <string>
#include <utility>

#include "keraslike/utils/registry.h"

namespace keraslike {

namespace saving {

// A function of the user's own in the place of an object. Files hold the name that it was registered under.
class NamedFunction {
 public:
  virtual ~NamedFunction() = default;

  const std::string& registered_name() const { return registered_name_; }  // "package>name"; empty where it has none
  void set_registered_name(std::string name) { registered_name_ = std::move(name); }

 private:
  std::string registered_name_;
};

}  // namespace saving

// Makes a function of yours known by name, as Keras' `register_keras_serializable(package)` does. What comes back, and
// the name (alone or as "package>name") wherever Keras takes one, stand for it; files hold the name:
//
//     register_function<Activation>("my_package", "cube", [](const at::Tensor& x) { return x * x * x; });
//     layers::Dense(8, "cube");
//
// `Object` is Activation, Loss, Metric, layers::LambdaFunction or layers::ModuleFactory. A program registers what a file
// names before it reads it; another function of the same name takes the place of the first.
template <class Object, class Function>
Object register_function(const std::string& package, const std::string& name, Function function) {
  const std::string full = package + ">" + name;
  const auto make = [full, name, function] {
    const auto impl = Object(function).impl();
    dynamic_cast<saving::NamedFunction&>(*impl).set_registered_name(full);
    if constexpr (requires { impl->set_name(name); }) impl->set_name(name);
    return impl;
  };
  registry<typename Object::Impl>().add(name, {full}, make);
  return Object(make());
}

}  // namespace keraslike

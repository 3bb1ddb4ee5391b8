#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keraslike/layers/layer.h"
#include "keraslike/saving/configured.h"
#include "keraslike/saving/named_function.h"
#include "keraslike/utils/handle.h"
#include "keraslike/utils/name_or.h"
#include "keraslike/utils/tensor_fwd.h"

namespace keraslike {

namespace layers {

class LambdaFunctionImpl;

// What a Lambda computes: a function of one tensor, or of the tensors that the layer is called on.
class LambdaFunction : public Handle<LambdaFunctionImpl> {
 public:
  using OfOne = std::function<at::Tensor(const at::Tensor&)>;
  using OfSeveral = std::function<at::Tensor(const std::vector<at::Tensor>&)>;

  using Handle::Handle;

  template <PlainFunction<LambdaFunctionImpl, at::Tensor, const at::Tensor&> F>
  LambdaFunction(F function) : Handle(from(OfOne(std::move(function)))) {}  // NOLINT: implicit by design
  template <PlainFunction<LambdaFunctionImpl, at::Tensor, const std::vector<at::Tensor>&> F>
  LambdaFunction(F function) : Handle(from(OfSeveral(std::move(function)))) {}  // NOLINT

 private:
  static std::shared_ptr<LambdaFunctionImpl> from(OfOne function);
  static std::shared_ptr<LambdaFunctionImpl> from(OfSeveral function);
};

class LambdaFunctionImpl final : public saving::Configured, public saving::NamedFunction {
 public:
  explicit LambdaFunctionImpl(LambdaFunction::OfSeveral function) : function_(std::move(function)) {}

  void fields(Fields& field) override;
  const LambdaFunction::OfSeveral& function() const { return function_; }

 private:
  LambdaFunction::OfSeveral function_;
};

// `output_shape` has no batch axis; by default the function is run on zeros to find out.
struct LambdaOptions {
  std::optional<Shape> output_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// A function as a layer: `Lambda([](const at::Tensor& x) { return x.relu() * 2; })`; it has no weights. In a file it is
// the name that `register_function<layers::LambdaFunction>("my_package", "twice_relu", function)` gave it:
// `Lambda("twice_relu")`.
//
// Keras' files hold such functions by name too, or as Python's code, which is never executed: for those a function that
// is registered under the layer's own name, "lambda_3", stands in, and otherwise loading throws ValueError.
class Lambda : public Layer {
 public:
  explicit Lambda(NameOr<LambdaFunction> function, LambdaOptions options = {});
};

}  // namespace layers

template <>
Registry<layers::LambdaFunctionImpl>& registry();

}  // namespace keraslike

// Functions of one or two tensors, value by value.

#include <ATen/TensorOperators.h>
#include <ATen/ops/atan2.h>
#include <ATen/ops/div.h>
#include <ATen/ops/erf.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/logaddexp.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/remainder.h>
#include <ATen/ops/round.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include "keraslike/ops/operation.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::ops {

namespace {

using at::Tensor;

// Shapes are known without a trial.
class ElementwiseImpl : public OperationImpl {
 public:
  std::vector<layers::TensorSpec> output_specs(const layers::Call<layers::TensorSpec>& call) const override {
    const auto small = call.map<layers::TensorSpec>([](const layers::TensorSpec& spec) {
      return layers::TensorSpec{std::vector<int64_t>(spec.shape.size(), 1), spec.dtype};
    });
    std::vector<layers::TensorSpec> specs = OperationImpl::output_specs(small);
    Shape& shape = specs.front().shape;  // of what else takes part
    for (const auto& spec : call.tensors()) shape = broadcast(shape, spec.shape);
    return specs;
  }
};

template <auto function>
class UnaryImpl final : public ElementwiseImpl {
 public:
  std::vector<std::string> parameters() const override { return {"x"}; }

 protected:
  Tensors compute(const layers::Call<Tensor>& call) const override { return {function(operand(call, "x"))}; }
};

template <auto function>
class BinaryImpl final : public ElementwiseImpl {
 public:
  std::vector<std::string> parameters() const override { return {"x1", "x2"}; }

 protected:
  Tensors compute(const layers::Call<Tensor>& call) const override {
    return {function(operand(call, "x1"), operand(call, "x2"))};
  }
};

class RoundImpl final : public ElementwiseImpl {
 public:
  std::vector<std::string> parameters() const override { return {"x"}; }

  int64_t decimals = 0;

 protected:
  void arguments(Fields& field) override { field("decimals", decimals); }
  Tensors compute(const layers::Call<Tensor>& call) const override {
    const Tensor x = operand(call, "x");
    if (!at::isIntegralType(x.scalar_type(), /*includeBool=*/false)) return {at::round(x, decimals)};
    return {at::round(x.to(at::kFloat), decimals).to(x.scalar_type())};
  }
};

class StopGradientImpl final : public ElementwiseImpl {
 public:
  std::vector<std::string> parameters() const override { return {"variable"}; }

 protected:
  Tensors compute(const layers::Call<Tensor>& call) const override { return {operand(call, "variable").detach()}; }
};

template <int64_t value>
class FilledImpl final : public ElementwiseImpl {
 public:
  std::vector<std::string> parameters() const override { return {"x"}; }

 protected:
  void arguments(Fields& field) override { field("dtype", dtype_); }
  Tensors compute(const layers::Call<Tensor>& call) const override {
    const Tensor x = operand(call, "x");
    const auto type = dtype_ ? utils::scalar_type(dtype_from_string(*dtype_)) : x.scalar_type();
    return {at::full_like(x, value, x.options().dtype(type))};
  }

 private:
  std::optional<std::string> dtype_;
};

Tensor truncated(const Tensor& x) { return x.scalar_type() == at::kBool ? x : x.trunc(); }
Tensor divided(const Tensor& a, const Tensor& b) {
  const Tensor quotient = at::div(a, at::where(b == 0, at::ones_like(b), b));
  return at::where(b == 0, at::zeros_like(quotient), quotient);
}
Tensor squared(const Tensor& x) { return x.scalar_type() == at::kBool ? x.to(at::kInt).square() : x.square(); }
Tensor rounded(const Tensor& x, Tensor (Tensor::*function)() const) {
  return (as_float(x).*function)();
}

void register_unary() {
  add<UnaryImpl<[](const Tensor& x) { return x.abs(); }>>("numpy", "Absolute");
  add<UnaryImpl<[](const Tensor& x) { return x.abs(); }>>("numpy", "Abs");
  add<UnaryImpl<[](const Tensor& x) { return x.arccos(); }>>("numpy", "Arccos");
  add<UnaryImpl<[](const Tensor& x) { return x.arccosh(); }>>("numpy", "Arccosh");
  add<UnaryImpl<[](const Tensor& x) { return x.arcsin(); }>>("numpy", "Arcsin");
  add<UnaryImpl<[](const Tensor& x) { return x.arcsinh(); }>>("numpy", "Arcsinh");
  add<UnaryImpl<[](const Tensor& x) { return x.arctan(); }>>("numpy", "Arctan");
  add<UnaryImpl<[](const Tensor& x) { return x.arctanh(); }>>("numpy", "Arctanh");
  add<UnaryImpl<[](const Tensor& x) { return rounded(x, &Tensor::ceil); }>>("numpy", "Ceil");
  add<UnaryImpl<[](const Tensor& x) { return x.cos(); }>>("numpy", "Cos");
  add<UnaryImpl<[](const Tensor& x) { return x.cosh(); }>>("numpy", "Cosh");
  add<UnaryImpl<[](const Tensor& x) { return at::erf(x); }>>("math", "Erf");
  add<UnaryImpl<[](const Tensor& x) { return x.erfc(); }>>("math", "Erfc");
  add<UnaryImpl<[](const Tensor& x) { return x.exp(); }>>("numpy", "Exp");
  add<UnaryImpl<[](const Tensor& x) { return x.exp2(); }>>("numpy", "Exp2");
  add<UnaryImpl<[](const Tensor& x) { return x.expm1(); }>>("numpy", "Expm1");
  add<UnaryImpl<[](const Tensor& x) { return rounded(x, &Tensor::floor); }>>("numpy", "Floor");
  add<UnaryImpl<[](const Tensor& x) { return x.isfinite(); }>>("numpy", "Isfinite");
  add<UnaryImpl<[](const Tensor& x) { return x.isinf(); }>>("numpy", "Isinf");
  add<UnaryImpl<[](const Tensor& x) { return x.isnan(); }>>("numpy", "Isnan");
  add<UnaryImpl<[](const Tensor& x) { return x.log(); }>>("numpy", "Log");
  add<UnaryImpl<[](const Tensor& x) { return x.log10(); }>>("numpy", "Log10");
  add<UnaryImpl<[](const Tensor& x) { return x.log1p(); }>>("numpy", "Log1p");
  add<UnaryImpl<[](const Tensor& x) { return x.log2(); }>>("numpy", "Log2");
  add<UnaryImpl<[](const Tensor& x) { return x.logical_not(); }>>("numpy", "LogicalNot");
  add<UnaryImpl<[](const Tensor& x) { return x.neg(); }>>("numpy", "Negative");
  add<UnaryImpl<[](const Tensor& x) { return x.reciprocal(); }>>("numpy", "Reciprocal");
  add<UnaryImpl<[](const Tensor& x) { return x.rsqrt(); }>>("math", "Rsqrt");
  add<UnaryImpl<[](const Tensor& x) { return x.sign(); }>>("numpy", "Sign");
  add<UnaryImpl<[](const Tensor& x) { return x.sin(); }>>("numpy", "Sin");
  add<UnaryImpl<[](const Tensor& x) { return x.sinh(); }>>("numpy", "Sinh");
  add<UnaryImpl<[](const Tensor& x) { return x.sqrt(); }>>("numpy", "Sqrt");
  add<UnaryImpl<squared>>("numpy", "Square");
  add<UnaryImpl<[](const Tensor& x) { return x.tan(); }>>("numpy", "Tan");
  add<UnaryImpl<[](const Tensor& x) { return x.tanh(); }>>("numpy", "Tanh");
  add<UnaryImpl<truncated>>("numpy", "Trunc");
  add<RoundImpl>("numpy", "Round");
  add<StopGradientImpl>("core", "StopGradient");
  add<FilledImpl<1>>("numpy", "OnesLike");
  add<FilledImpl<0>>("numpy", "ZerosLike");
}

void register_binary() {
  add<BinaryImpl<[](const Tensor& a, const Tensor& b) { return a + b; }>>("numpy", "Add");
  add<BinaryImpl<[](const Tensor& a, const Tensor& b) { return a - b; }>>("numpy", "Subtract");
  add<BinaryImpl<[](const Tensor& a, const Tensor& b) { return a * b; }>>("numpy", "Multiply");
  add<BinaryImpl<[](const Tensor& a, const Tensor& b) { return at::div(a, b); }>>("numpy", "Divide");
  add<BinaryImpl<[](const Tensor& a, const Tensor& b) { return at::div(a, b); }>>("numpy", "TrueDivide");
  add<BinaryImpl<divided>>("numpy", "DivideNoNan");
  add<BinaryImpl<[](const Tensor& a, const Tensor& b) { return at::atan2(as_float(a), as_float(b)); }>>("numpy",
                                                                                                        "Arctan2");
  add<BinaryImpl<[](const Tensor& a, const Tensor& b) { return at::logaddexp(as_float(a), as_float(b)); }>>(
      "numpy", "Logaddexp");
  add<BinaryImpl<[](const Tensor& a, const Tensor& b) { return at::div(a, b, "floor"); }>>("numpy", "FloorDivide");
  add<BinaryImpl<[](const Tensor& a, const Tensor& b) { return at::remainder(a, b); }>>("numpy", "Mod");
  add<BinaryImpl<[](const Tensor& a, const Tensor& b) { return at::pow(a, b); }>>("numpy", "Power");
  add<BinaryImpl<[](const Tensor& a, const Tensor& b) { return at::maximum(a, b); }>>("numpy", "Maximum");
  add<BinaryImpl<[](const Tensor& a, const Tensor& b) { return at::minimum(a, b); }>>("numpy", "Minimum");
  add<BinaryImpl<[](const Tensor& a, const Tensor& b) { return a.eq(b); }>>("numpy", "Equal");
  add<BinaryImpl<[](const Tensor& a, const Tensor& b) { return a.ne(b); }>>("numpy", "NotEqual");
  add<BinaryImpl<[](const Tensor& a, const Tensor& b) { return a.gt(b); }>>("numpy", "Greater");
  add<BinaryImpl<[](const Tensor& a, const Tensor& b) { return a.ge(b); }>>("numpy", "GreaterEqual");
  add<BinaryImpl<[](const Tensor& a, const Tensor& b) { return a.lt(b); }>>("numpy", "Less");
  add<BinaryImpl<[](const Tensor& a, const Tensor& b) { return a.le(b); }>>("numpy", "LessEqual");
  add<BinaryImpl<[](const Tensor& a, const Tensor& b) { return a.logical_and(b); }>>("numpy", "LogicalAnd");
  add<BinaryImpl<[](const Tensor& a, const Tensor& b) { return a.logical_or(b); }>>("numpy", "LogicalOr");
  add<BinaryImpl<[](const Tensor& a, const Tensor& b) { return a.logical_xor(b); }>>("numpy", "LogicalXor");
}

KerasTensor unary(const char* class_name, const KerasTensor& x) { return called(made(class_name), {Argument(x)}); }

KerasTensor binary(const char* class_name, const Operand& x1, const Operand& x2) {
  return called(made(class_name), {argument_of(x1), argument_of(x2)});
}

}  // namespace

void register_elementwise() {
  register_unary();
  register_binary();
}

KerasTensor absolute(const KerasTensor& x) { return unary("Absolute", x); }
KerasTensor abs(const KerasTensor& x) { return unary("Absolute", x); }
KerasTensor arccos(const KerasTensor& x) { return unary("Arccos", x); }
KerasTensor arccosh(const KerasTensor& x) { return unary("Arccosh", x); }
KerasTensor arcsin(const KerasTensor& x) { return unary("Arcsin", x); }
KerasTensor arcsinh(const KerasTensor& x) { return unary("Arcsinh", x); }
KerasTensor arctan(const KerasTensor& x) { return unary("Arctan", x); }
KerasTensor arctanh(const KerasTensor& x) { return unary("Arctanh", x); }
KerasTensor ceil(const KerasTensor& x) { return unary("Ceil", x); }
KerasTensor cos(const KerasTensor& x) { return unary("Cos", x); }
KerasTensor cosh(const KerasTensor& x) { return unary("Cosh", x); }
KerasTensor erf(const KerasTensor& x) { return unary("Erf", x); }
KerasTensor erfc(const KerasTensor& x) { return unary("Erfc", x); }
KerasTensor exp(const KerasTensor& x) { return unary("Exp", x); }
KerasTensor exp2(const KerasTensor& x) { return unary("Exp2", x); }
KerasTensor expm1(const KerasTensor& x) { return unary("Expm1", x); }
KerasTensor floor(const KerasTensor& x) { return unary("Floor", x); }
KerasTensor isfinite(const KerasTensor& x) { return unary("Isfinite", x); }
KerasTensor isinf(const KerasTensor& x) { return unary("Isinf", x); }
KerasTensor isnan(const KerasTensor& x) { return unary("Isnan", x); }
KerasTensor log(const KerasTensor& x) { return unary("Log", x); }
KerasTensor log10(const KerasTensor& x) { return unary("Log10", x); }
KerasTensor log1p(const KerasTensor& x) { return unary("Log1p", x); }
KerasTensor log2(const KerasTensor& x) { return unary("Log2", x); }
KerasTensor logical_not(const KerasTensor& x) { return unary("LogicalNot", x); }
KerasTensor negative(const KerasTensor& x) { return unary("Negative", x); }
KerasTensor reciprocal(const KerasTensor& x) { return unary("Reciprocal", x); }
KerasTensor rsqrt(const KerasTensor& x) { return unary("Rsqrt", x); }
KerasTensor sign(const KerasTensor& x) { return unary("Sign", x); }
KerasTensor sin(const KerasTensor& x) { return unary("Sin", x); }
KerasTensor sinh(const KerasTensor& x) { return unary("Sinh", x); }
KerasTensor sqrt(const KerasTensor& x) { return unary("Sqrt", x); }
KerasTensor square(const KerasTensor& x) { return unary("Square", x); }
KerasTensor stop_gradient(const KerasTensor& x) { return unary("StopGradient", x); }
KerasTensor tan(const KerasTensor& x) { return unary("Tan", x); }
KerasTensor tanh(const KerasTensor& x) { return unary("Tanh", x); }
KerasTensor trunc(const KerasTensor& x) { return unary("Trunc", x); }
KerasTensor ones_like(const KerasTensor& x) { return unary("OnesLike", x); }
KerasTensor zeros_like(const KerasTensor& x) { return unary("ZerosLike", x); }
KerasTensor round(const KerasTensor& x, int64_t decimals) {
  const auto operation = made<RoundImpl>("Round");
  operation->decimals = decimals;
  return called(operation, {Argument(x)});
}

KerasTensor add(Operand x1, Operand x2) { return binary("Add", x1, x2); }
KerasTensor subtract(Operand x1, Operand x2) { return binary("Subtract", x1, x2); }
KerasTensor multiply(Operand x1, Operand x2) { return binary("Multiply", x1, x2); }
KerasTensor divide(Operand x1, Operand x2) { return binary("Divide", x1, x2); }
KerasTensor true_divide(Operand x1, Operand x2) { return binary("TrueDivide", x1, x2); }
KerasTensor floor_divide(Operand x1, Operand x2) { return binary("FloorDivide", x1, x2); }
KerasTensor mod(Operand x1, Operand x2) { return binary("Mod", x1, x2); }
KerasTensor power(Operand x1, Operand x2) { return binary("Power", x1, x2); }
KerasTensor divide_no_nan(Operand x1, Operand x2) { return binary("DivideNoNan", x1, x2); }
KerasTensor arctan2(Operand x1, Operand x2) { return binary("Arctan2", x1, x2); }
KerasTensor logaddexp(Operand x1, Operand x2) { return binary("Logaddexp", x1, x2); }
KerasTensor maximum(Operand x1, Operand x2) { return binary("Maximum", x1, x2); }
KerasTensor minimum(Operand x1, Operand x2) { return binary("Minimum", x1, x2); }
KerasTensor equal(Operand x1, Operand x2) { return binary("Equal", x1, x2); }
KerasTensor not_equal(Operand x1, Operand x2) { return binary("NotEqual", x1, x2); }
KerasTensor greater(Operand x1, Operand x2) { return binary("Greater", x1, x2); }
KerasTensor greater_equal(Operand x1, Operand x2) { return binary("GreaterEqual", x1, x2); }
KerasTensor less(Operand x1, Operand x2) { return binary("Less", x1, x2); }
KerasTensor less_equal(Operand x1, Operand x2) { return binary("LessEqual", x1, x2); }
KerasTensor logical_and(Operand x1, Operand x2) { return binary("LogicalAnd", x1, x2); }
KerasTensor logical_or(Operand x1, Operand x2) { return binary("LogicalOr", x1, x2); }
KerasTensor logical_xor(Operand x1, Operand x2) { return binary("LogicalXor", x1, x2); }

}  // namespace keraslike::ops

namespace keraslike {

KerasTensor operator-(const KerasTensor& x) { return ops::negative(x); }
KerasTensor operator+(const KerasTensor& a, const KerasTensor& b) { return ops::add(a, b); }
KerasTensor operator+(const KerasTensor& a, ops::Number b) { return ops::add(a, b); }
KerasTensor operator+(ops::Number a, const KerasTensor& b) { return ops::add(a, b); }
KerasTensor operator-(const KerasTensor& a, const KerasTensor& b) { return ops::subtract(a, b); }
KerasTensor operator-(const KerasTensor& a, ops::Number b) { return ops::subtract(a, b); }
KerasTensor operator-(ops::Number a, const KerasTensor& b) { return ops::subtract(a, b); }
KerasTensor operator*(const KerasTensor& a, const KerasTensor& b) { return ops::multiply(a, b); }
KerasTensor operator*(const KerasTensor& a, ops::Number b) { return ops::multiply(a, b); }
KerasTensor operator*(ops::Number a, const KerasTensor& b) { return ops::multiply(a, b); }
KerasTensor operator/(const KerasTensor& a, const KerasTensor& b) { return ops::true_divide(a, b); }
KerasTensor operator/(const KerasTensor& a, ops::Number b) { return ops::true_divide(a, b); }
KerasTensor operator/(ops::Number a, const KerasTensor& b) { return ops::true_divide(a, b); }

}  // namespace keraslike

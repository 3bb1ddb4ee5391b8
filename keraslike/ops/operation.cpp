#include "keraslike/ops/operation.h"

#include <ATen/ScalarOps.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/result_type.h>
#include <ATen/ops/tensor.h>
#include <c10/util/Exception.h>

#include "keraslike/layers/node.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::ops {

using layers::Call;
using layers::TensorSpec;
using layers::Value;

namespace {

using TensorArgument = layers::Argument<at::Tensor>;

at::Tensor number(const at::Scalar& value) { return at::native::wrapped_scalar_tensor(value); }

at::Tensor constant(const ConstantArray& array) {
  return at::tensor(array.values, at::kDouble).to(utils::scalar_type(array.dtype)).reshape(array.shape);
}

// Plain integers in a list are one tensor: indices.
bool is_indices(const TensorArgument::List& list) {
  return !list.empty() && std::holds_alternative<int64_t>(list.front().value);
}

at::Tensor indices(const TensorArgument::List& list) {
  std::vector<int64_t> values;
  for (const auto& item : list) values.push_back(std::get<int64_t>(item.value));
  return at::tensor(values);
}

void collect(const TensorArgument& argument, Tensors& tensors) {
  const auto& value = argument.value;
  if (const auto* tensor = std::get_if<at::Tensor>(&value)) return tensors.push_back(*tensor);
  if (const auto* flag = std::get_if<bool>(&value)) return tensors.push_back(number(*flag));
  if (const auto* integer = std::get_if<int64_t>(&value)) return tensors.push_back(number(*integer));
  if (const auto* real = std::get_if<double>(&value)) return tensors.push_back(number(*real));
  if (const auto* array = std::get_if<ConstantArray>(&value)) return tensors.push_back(constant(*array));
  if (argument.is_none()) return void(tensors.emplace_back());
  const auto* list = std::get_if<TensorArgument::List>(&value);
  if (list == nullptr) throw ValueError("an operation of the graph has an argument that is neither tensor nor number.");
  if (is_indices(*list)) return tensors.push_back(indices(*list));
  for (const auto& item : *list) collect(item, tensors);
}

// Constants of the graph are made in main memory, and go where the call's tensors are. Plain numbers mix with any.
Tensors on_device_of(const Call<at::Tensor>& call, Tensors tensors) {
  const Tensors given = call.tensors();
  if (given.empty() || !given.front().defined() || given.front().is_cpu()) return tensors;
  for (at::Tensor& tensor : tensors) {
    if (tensor.defined() && tensor.dim() > 0) tensor = tensor.to(given.front().device());
  }
  return tensors;
}

std::string shapes_of(const Call<TensorSpec>& call) {
  std::string text;
  for (const auto& spec : call.tensors()) text += (text.empty() ? "" : ", ") + spec.shape.to_string();
  return text;
}

std::optional<int64_t> broadcast_size(int64_t a, int64_t b) {
  if (a == b || b == 1) return a;
  if (a == 1 || a < 0) return b;
  return b < 0 ? std::optional<int64_t>(a) : std::nullopt;
}

}  // namespace

Operand::Operand(Array array) : value_(std::move(array)) {}
Operand::Operand(KerasTensor tensor) : value_(std::move(tensor)) {}
Operand::Operand(const KerasTensors& tensors) : Operand(tensors.only()) {}
Operand::Operand(Number number) : value_(number) {}

void OperationImpl::fields(Fields& field) {
  std::string name = this->name();
  field("name", name);
  set_name(name);
  arguments(field);
}

Tensors OperationImpl::tried(const Call<TensorSpec>& call, int64_t open_size) const {
  const at::NoGradGuard no_grad;
  try {
    return compute(call.map<at::Tensor>([&](const TensorSpec& spec) {
      Shape shape = spec.shape;
      for (int64_t& size : shape) size = size < 0 ? open_size : size;
      return at::ones({}, utils::scalar_type(spec.dtype)).expand(shape);
    }));
  } catch (const c10::Error& error) {
    throw ValueError("Operation '{}' (of type {}) can not be applied to: {}. {}", name(), class_name(), shapes_of(call),
                     layers::reason_of(error));
  }
}

std::vector<TensorSpec> OperationImpl::output_specs(const Call<TensorSpec>& call) const {
  const auto [smaller, larger] = trial_sizes();
  const Tensors small = tried(call, smaller);
  const Tensors large = tried(call, larger);
  std::vector<TensorSpec> specs;
  for (size_t i = 0; i < small.size(); ++i) {
    Shape shape(small[i].sizes().begin(), small[i].sizes().end());
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      if (shape[axis] != large[i].size(static_cast<int64_t>(axis))) shape[axis] = -1;
    }
    specs.push_back({shape, utils::dtype_of(small[i].scalar_type(), "An operation's output")});
  }
  return specs;
}

layers::Values OperationImpl::call_all(const Call<Value>& call, const layers::CallOptions&) {
  layers::Values values;
  for (auto& tensor : compute(call.map<at::Tensor>([](const Value& value) { return value.tensor; }))) {
    values.push_back({std::move(tensor)});
  }
  return values;
}

std::optional<layers::PlannedLayer> OperationImpl::plan(const layers::StepPlanner& planner,
                                                        const layers::PlanTensors&) {
  return layers::planned_by_autograd(*this, planner);
}

Tensors operands(const Call<at::Tensor>& call) {
  Tensors tensors;
  for (const auto& [name, argument] : call.arguments) collect(argument, tensors);
  return on_device_of(call, std::move(tensors));
}

at::Tensor operand(const Call<at::Tensor>& call, const std::string& name) {
  const auto* argument = call.find(name);
  if (argument == nullptr) return {};
  Tensors tensors;
  collect(*argument, tensors);
  if (tensors.size() == 1) return on_device_of(call, std::move(tensors)).front();
  throw ValueError("an operation of the graph expects one tensor or number for `{}`. Received: {}", name,
                   tensors.size());
}

at::Tensor as_float(const at::Tensor& x) {
  return at::isIntegralType(x.scalar_type(), /*includeBool=*/true) ? x.to(at::kFloat) : x;
}

Tensors promoted(Tensors tensors) {
  if (tensors.empty()) throw ValueError("an operation of the graph expects tensors, but there are none.");
  at::ScalarType type = tensors.front().scalar_type();
  for (const auto& tensor : tensors) type = at::promote_types(type, tensor.scalar_type());
  for (auto& tensor : tensors) tensor = tensor.to(type);
  return tensors;
}

Shape broadcast(const Shape& a, const Shape& b) {
  if (a.rank() < b.rank()) return broadcast(b, a);
  Shape shape = a;
  const size_t offset = a.size() - b.size();
  for (size_t i = 0; i < b.size(); ++i) {
    const auto size = broadcast_size(a[offset + i], b[i]);
    if (!size) throw ValueError("Cannot broadcast shape, the failure dim has value {}, which cannot be broadcasted to "
                                "{}. Input shapes are: {} and {}.", a[offset + i], b[i], a, b);
    shape[offset + i] = *size;
  }
  return shape;
}

void axis_field(Fields& field, const char* key, Axes& axis) {
  if (field.is_reading() || !axis.values().empty()) return field(key, axis);
  std::optional<int64_t> all;
  field(key, all);
}

KerasTensors called(std::shared_ptr<OperationImpl> operation, std::vector<Argument> arguments) {
  layers::Call<KerasTensor> call;
  for (auto& argument : arguments) call.arguments.emplace_back("", std::move(argument));
  call.positional = call.arguments.size();
  if (call.tensors().empty()) throw ValueError("{} expects at least one tensor of a graph.", operation->class_name());
  return layers::call_symbolically(Layer(std::move(operation)), std::move(call));
}

Argument argument_of(const Operand& operand) {
  if (const auto* tensor = std::get_if<KerasTensor>(&operand.value())) return Argument(*tensor);
  if (const auto* array = std::get_if<Array>(&operand.value())) {
    return Argument(Argument::Value(ConstantArray{array->shape(), array->to_vector<double>(), array->dtype()}));
  }
  return std::visit([](auto value) { return Argument(Argument::Value(value)); },
                    std::get<Number>(operand.value()).value());
}

Argument argument_of(const std::vector<KerasTensor>& tensors) {
  return Argument(Argument::Value(Argument::List(tensors.begin(), tensors.end())));
}

void register_ops() {
  [[maybe_unused]] static const bool done = [] {
    register_elementwise();
    register_nn();
    register_ordering();
    register_reductions();
    register_selection();
    register_shaping();
    return true;
  }();
}

}  // namespace keraslike::ops

// Products of tensors, choices of values, and their dtypes.

#include <cmath>

#include <ATen/ops/clamp.h>
#include <ATen/ops/einsum.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/result_type.h>
#include <ATen/ops/where.h>

#include "keraslike/ops/operation.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::ops {

namespace {

using at::Tensor;
using TensorArgument = layers::Argument<Tensor>;

class MatmulImpl final : public OperationImpl {
 public:
  std::vector<std::string> parameters() const override { return {"x1", "x2"}; }

 protected:
  Tensors compute(const layers::Call<Tensor>& call) const override {
    const Tensors both = promoted({operand(call, "x1"), operand(call, "x2")});
    return {at::matmul(both[0], both[1])};
  }
};

class EinsumImpl final : public OperationImpl {
 public:
  std::vector<std::string> parameters() const override { return std::vector<std::string>(kMostOperands, "operands"); }

  std::string subscripts;

 protected:
  void arguments(Fields& field) override { field("subscripts", subscripts); }
  Tensors compute(const layers::Call<Tensor>& call) const override {
    return {at::einsum(subscripts, promoted(operands(call)))};
  }

 private:
  static constexpr size_t kMostOperands = 26;
};

class CastImpl final : public OperationImpl {
 public:
  std::vector<std::string> parameters() const override { return {"x"}; }

  std::string dtype = "float32";

 protected:
  void arguments(Fields& field) override {
    field("dtype", dtype);
    dtype_from_string(dtype);
  }
  Tensors compute(const layers::Call<Tensor>& call) const override {
    return {operand(call, "x").to(utils::scalar_type(dtype_from_string(dtype)))};
  }
};

class ClipImpl final : public OperationImpl {
 public:
  std::vector<std::string> parameters() const override { return {"x"}; }

  double x_min = 0.0;
  double x_max = 0.0;

 protected:
  void arguments(Fields& field) override {
    field("x_min", x_min);
    field("x_max", x_max);
  }

  // Whole bounds leave integers what they are.
  Tensors compute(const layers::Call<Tensor>& call) const override {
    Tensor x = operand(call, "x");
    if (x.scalar_type() == at::kBool) x = x.to(at::kInt);
    const bool is_whole = x_min == std::floor(x_min) && x_max == std::floor(x_max);
    if (at::isIntegralType(x.scalar_type(), false) && is_whole) {
      return {at::clamp(x, static_cast<int64_t>(x_min), static_cast<int64_t>(x_max))};
    }
    return {at::clamp(at::isIntegralType(x.scalar_type(), false) ? x.to(at::kFloat) : x, x_min, x_max)};
  }
};

class WhereImpl final : public OperationImpl {
 public:
  std::vector<std::string> parameters() const override { return {"condition", "x1", "x2"}; }

 protected:
  Tensors compute(const layers::Call<Tensor>& call) const override {
    const Tensor condition = operand(call, "condition").to(at::kBool);
    const Tensor x1 = operand(call, "x1");
    const Tensor x2 = operand(call, "x2");
    if (!x1.defined() || !x2.defined()) throw ValueError("`where` is available with both `x1` and `x2` only.");
    const auto options = condition.options().dtype(at::result_type(x1, x2));
    return {at::where(condition, x1.to(options), x2.to(options))};
  }
};

// Places count from the end where they are negative.
class TakeImpl final : public OperationImpl {
 public:
  std::vector<std::string> parameters() const override { return {"x", "indices"}; }

  std::optional<int64_t> axis;

  // The trial is made with all places that an index may name.
  std::vector<layers::TensorSpec> output_specs(const layers::Call<layers::TensorSpec>& call) const override {
    layers::Call<layers::TensorSpec> larger = call;
    if (axis) {
      Shape& shape = std::get<layers::TensorSpec>(larger.arguments.front().second.value).shape;
      shape[static_cast<size_t>(Axes(*axis).in_rank(shape.rank(), class_name()).front())] = 10'007;
    }
    return OperationImpl::output_specs(larger);
  }

 protected:
  void arguments(Fields& field) override { field("axis", axis); }

  Tensors compute(const layers::Call<Tensor>& call) const override {
    const Tensor given = operand(call, "x");
    const Tensor x = axis ? given : given.reshape(-1);
    const int64_t along = axis ? Axes(*axis).in_rank(x.dim(), class_name()).front() : 0;
    const Tensor raw = operand(call, "indices").to(x.device(), at::kLong);
    const Tensor indices = at::where(raw.lt(0), raw.add(x.size(along)), raw);
    std::vector<int64_t> sizes = x.sizes().vec();
    sizes.erase(sizes.begin() + along);
    sizes.insert(sizes.begin() + along, indices.sizes().begin(), indices.sizes().end());
    return {at::index_select(x, along, indices.reshape(-1)).reshape(sizes)};
  }
};

class GetItemImpl final : public OperationImpl {
 public:
  std::vector<std::string> parameters() const override { return {"x", "key"}; }

 protected:
  // All of it are views, so that sizes cost nothing: open axes have all places that a key may name.
  std::pair<int64_t, int64_t> trial_sizes() const override { return {10'007, 10'009}; }

  Tensors compute(const layers::Call<Tensor>& call) const override {
    const Tensor x = operand(call, "x");
    const TensorArgument* key = call.find("key");
    if (key == nullptr) throw ValueError("an index into a tensor expects a `key`.");
    const auto* list = std::get_if<TensorArgument::List>(&key->value);
    return {indexed(x, list == nullptr ? TensorArgument::List{*key} : *list)};
  }

 private:
  // How many axes a key uses up.
  static int64_t axes_of(const TensorArgument::List& key) {
    int64_t axes = 0;
    for (const auto& item : key) {
      if (!item.is_none() && !std::holds_alternative<Ellipsis>(item.value)) ++axes;
    }
    return axes;
  }

  Tensor sliced(const Tensor& x, int64_t axis, const Slice& slice) const {
    const int64_t step = slice.step.value_or(1);
    if (step > 0) return x.slice(axis, slice.start.value_or(0), slice.stop.value_or(x.size(axis)), step);
    throw ValueError("A slice of a tensor goes forward. Operation '{}' received: step={}", name(), step);
  }

  Tensor indexed(Tensor x, const TensorArgument::List& key) const {
    const int64_t used = axes_of(key);
    if (used > x.dim()) {
      throw ValueError("Too many indices for tensor of shape {}. Operation '{}' received {} of them.",
                       Shape(x.sizes().begin(), x.sizes().end()), name(), used);
    }
    const int64_t elided = x.dim() - used;
    int64_t axis = 0;
    for (const auto& item : key) {
      if (std::holds_alternative<Ellipsis>(item.value)) {
        axis += elided;
      } else if (item.is_none()) {
        x = x.unsqueeze(axis++);
      } else if (const auto* place = std::get_if<int64_t>(&item.value)) {
        x = x.select(axis, *place);
      } else if (const auto* slice = std::get_if<Slice>(&item.value)) {
        x = sliced(x, axis++, *slice);
      } else {
        throw ValueError("An index into a tensor is an integer, a slice, an ellipsis or None. Operation '{}' received "
                         "something else.", name());
      }
    }
    return x;
  }
};

Argument key_argument(const std::vector<Index>& key) {
  Argument::List items;
  for (const Index& index : key) {
    items.push_back(std::visit([](const auto& item) { return Argument(Argument::Value(item)); }, index));
  }
  return Argument(Argument::Value(std::move(items)));
}

}  // namespace

void register_selection() {
  add<CastImpl>("core", "Cast");
  add<ClipImpl>("numpy", "Clip");
  add<EinsumImpl>("numpy", "Einsum");
  add<GetItemImpl>("numpy", "GetItem");
  add<MatmulImpl>("numpy", "Matmul");
  add<TakeImpl>("numpy", "Take");
  add<WhereImpl>("numpy", "Where");
}

KerasTensor get_item(const KerasTensor& x, std::vector<Index> key) {
  return called(made("GetItem"), {Argument(x), key_argument(key)});
}

KerasTensor cast(const KerasTensor& x, const std::string& dtype) {
  dtype_from_string(dtype);
  const auto operation = made<CastImpl>("Cast");
  operation->dtype = dtype;
  return called(operation, {Argument(x)});
}

KerasTensor clip(const KerasTensor& x, double x_min, double x_max) {
  const auto operation = made<ClipImpl>("Clip");
  operation->x_min = x_min;
  operation->x_max = x_max;
  return called(operation, {Argument(x)});
}

KerasTensor einsum(const std::string& subscripts, std::vector<KerasTensor> tensors) {
  const auto operation = made<EinsumImpl>("Einsum");
  operation->subscripts = subscripts;
  return called(operation, {tensors.begin(), tensors.end()});
}

KerasTensor matmul(const KerasTensor& x1, const KerasTensor& x2) {
  return called(made("Matmul"), {Argument(x1), Argument(x2)});
}

KerasTensor take(const KerasTensor& x, Operand indices, std::optional<int64_t> axis) {
  const auto operation = made<TakeImpl>("Take");
  operation->axis = axis;
  return called(operation, {Argument(x), argument_of(indices)});
}

KerasTensor where(const KerasTensor& condition, Operand x1, Operand x2) {
  return called(made("Where"), {Argument(condition), argument_of(x1), argument_of(x2)});
}

}  // namespace keraslike::ops

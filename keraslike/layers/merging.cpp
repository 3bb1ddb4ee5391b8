#include "keraslike/layers/merging.h"

#include <algorithm>
#include <set>

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/where.h>

#include "keraslike/layers/families.h"
#include "keraslike/layers/merging_plan.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

std::string shapes_text(const std::vector<TensorSpec>& inputs) {
  std::string text;
  for (const auto& input : inputs) text += (text.empty() ? "" : ", ") + input.shape.to_string();
  return "[" + text + "]";
}

// The size of an axis where two arrays broadcast; an open one stays open. Empty where they do not.
std::optional<int64_t> broadcast(int64_t a, int64_t b) {
  if (a < 0 || b < 0) return -1;
  if (a == 1) return b;
  if (b == 1 || a == b) return a;
  return std::nullopt;
}

// The shape of two arrays' sum, both without the batch axis. Keras sets the last axes side by side.
Shape broadcast(const Shape& a, const Shape& b) {
  if (a.rank() < b.rank()) return broadcast(b, a);
  Shape shape = a;
  const size_t offset = a.size() - b.size();
  for (size_t i = 0; i < b.size(); ++i) {
    const auto size = broadcast(a[offset + i], b[i]);
    if (!size) {
      throw ValueError("Inputs have incompatible shapes. Received shapes {} and {}, without the batch axis: sizes must "
                       "be equal or 1.", a, b);
    }
    shape[offset + i] = *size;
  }
  return shape;
}

// A mask (batch, steps) over all values of its steps.
at::Tensor over_values(const Value& value) {
  return value.mask.defined() ? value.mask.unsqueeze(-1).expand_as(value.tensor) : at::Tensor();
}

class MergeImpl : public LayerImpl {
 public:
  MergeImpl() = default;
  explicit MergeImpl(const MergeOptions& options) : LayerImpl(layer_arguments(options)) {}

  void check_call(const Call<TensorSpec>& call) const override {
    const auto inputs = call.inputs();
    if (std::holds_alternative<TensorSpec>(call.arguments.front().second.value)) {
      throw ValueError("A merge layer should be called on a list of inputs: `{}()({{a, b}})`. Layer '{}' received one "
                       "tensor of shape {}.", class_name(), name(), inputs.front().shape);
    }
    std::set<int64_t> batch_sizes;
    for (const auto& input : inputs) {
      if (input.shape.empty()) throw ValueError("Layer '{}' received a single number as an input.", name());
      if (input.shape[0] >= 0) batch_sizes.insert(input.shape[0]);
    }
    if (batch_sizes.size() > 1) {
      throw ValueError("Cannot merge tensors with different batch sizes. Received tensors with shapes {}",
                       shapes_text(inputs));
    }
    check_shapes(inputs);
  }

  void build_call(const Call<TensorSpec>&) override {}
  bool supports_masking() const override { return true; }

  std::vector<TensorSpec> output_specs(const Call<TensorSpec>& call) const override {
    const auto inputs = call.inputs();
    Shape shape = inputs.front().shape.without_batch();
    Dimension batch = none;
    for (const auto& input : inputs) {
      shape = broadcast(shape, input.shape.without_batch());
      if (input.shape[0] >= 0) batch = input.shape[0];
    }
    return {{shape.with_batch(batch)}};
  }

  Values call_all(const Call<Value>& call, const CallOptions&) override {
    Values inputs = call.inputs();
    int64_t rank = 0;
    for (const Value& input : inputs) rank = std::max(rank, input.tensor.dim());
    for (Value& input : inputs) {
      if (input.tensor.dim() == rank) continue;
      while (input.tensor.dim() < rank) input.tensor = input.tensor.unsqueeze(1);
      input.mask = at::Tensor();  // it has lost its steps
    }
    return {{merge(inputs)}};
  }

  // By hand what needs no broadcasting.
  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    const bool is_even = std::all_of(inputs.begin(), inputs.end(), [&](const PlanTensor& input) {
      return input.value.sizes() == inputs.front().value.sizes() && input.value.scalar_type() == at::kFloat;
    });
    return is_even ? planned_merge(planner, inputs) : planned_by_autograd(*this, planner);
  }

  std::vector<at::Tensor> output_masks(const Call<Value>& call, const Values&) const override {
    at::Tensor joined;
    for (const Value& input : call.inputs()) {
      if (!input.mask.defined()) return {};
      joined = joined.defined() ? joined.logical_or(input.mask) : input.mask;
    }
    return {joined};
  }

 protected:
  // Of shapes with the batch axis.
  virtual void check_shapes(const std::vector<TensorSpec>& inputs) const {
    Shape shape = inputs.front().shape.without_batch();
    for (const auto& input : inputs) shape = broadcast(shape, input.shape.without_batch());
  }

  // Of tensors of one shape.
  virtual std::optional<PlannedLayer> planned_merge(const StepPlanner& planner, const PlanTensors&) {
    return planned_by_autograd(*this, planner);
  }

  // Of tensors of one rank.
  virtual at::Tensor merge(const Values& inputs) const = 0;

  // For layers of exactly two inputs.
  void expect_two(const std::vector<TensorSpec>& inputs) const {
    if (inputs.size() == 2) return;
    throw ValueError("A `{}` layer should be called on exactly 2 inputs. Received: input_shape={}", class_name(),
                     shapes_text(inputs));
  }
};

at::Tensor sum_of(const Values& inputs) {
  at::Tensor sum = inputs.front().tensor;
  for (size_t i = 1; i < inputs.size(); ++i) sum = sum + inputs[i].tensor;
  return sum;
}

class AddImpl final : public MergeImpl {
 public:
  using MergeImpl::MergeImpl;

 protected:
  at::Tensor merge(const Values& inputs) const override { return sum_of(inputs); }
  std::optional<PlannedLayer> planned_merge(const StepPlanner& planner, const PlanTensors& inputs) override {
    return for_any_call(planned_sum(planner, inputs, 1.0));
  }
};

class AverageImpl final : public MergeImpl {
 public:
  using MergeImpl::MergeImpl;

 protected:
  at::Tensor merge(const Values& inputs) const override {
    return sum_of(inputs) / static_cast<double>(inputs.size());
  }
  std::optional<PlannedLayer> planned_merge(const StepPlanner& planner, const PlanTensors& inputs) override {
    return for_any_call(planned_sum(planner, inputs, static_cast<double>(inputs.size())));
  }
};

class SubtractImpl final : public MergeImpl {
 public:
  using MergeImpl::MergeImpl;

 protected:
  void check_shapes(const std::vector<TensorSpec>& inputs) const override {
    expect_two(inputs);
    MergeImpl::check_shapes(inputs);
  }
  at::Tensor merge(const Values& inputs) const override { return inputs[0].tensor - inputs[1].tensor; }
  std::optional<PlannedLayer> planned_merge(const StepPlanner& planner, const PlanTensors& inputs) override {
    return for_any_call(planned_difference(planner, inputs));
  }
};

class MultiplyImpl final : public MergeImpl {
 public:
  using MergeImpl::MergeImpl;

 protected:
  at::Tensor merge(const Values& inputs) const override {
    const bool is_masked =
        std::all_of(inputs.begin(), inputs.end(), [](const Value& input) { return input.mask.defined(); });
    at::Tensor product;
    at::Tensor valid;
    for (const Value& input : inputs) {
      const at::Tensor mask = over_values(input);
      const at::Tensor factor = mask.defined() ? at::where(mask, input.tensor, 1.0) : input.tensor;
      if (is_masked) valid = valid.defined() ? valid.logical_or(mask) : mask;
      product = product.defined() ? product * factor : factor;
    }
    return is_masked ? at::where(valid, product, 0.0) : product;
  }

  // Masked values are left out; several factors are LibTorch's.
  std::optional<PlannedLayer> planned_merge(const StepPlanner& planner, const PlanTensors& inputs) override {
    return inputs.size() == 2 ? planned_product(planner, inputs) : planned_by_autograd(*this, planner);
  }
};

// The maximum or the minimum.
class ExtremeImpl : public MergeImpl {
 public:
  using MergeImpl::MergeImpl;

 protected:
  virtual at::Tensor extreme(const at::Tensor& a, const at::Tensor& b) const = 0;

  at::Tensor merge(const Values& inputs) const override {
    at::Tensor output = inputs.front().tensor;
    at::Tensor output_mask = over_values(inputs.front());
    for (size_t i = 1; i < inputs.size(); ++i) {
      at::Tensor next = inputs[i].tensor;
      const at::Tensor mask = over_values(inputs[i]);
      if (mask.defined()) next = at::where(mask, next, output);
      if (output_mask.defined()) output = at::where(output_mask, output, next);
      output_mask = mask.defined() && output_mask.defined() ? output_mask.logical_or(mask) : at::Tensor();
      output = extreme(output, next);
    }
    return output;
  }
};

class MaximumImpl final : public ExtremeImpl {
 public:
  using ExtremeImpl::ExtremeImpl;

 protected:
  at::Tensor extreme(const at::Tensor& a, const at::Tensor& b) const override { return at::maximum(a, b); }
};

class MinimumImpl final : public ExtremeImpl {
 public:
  using ExtremeImpl::ExtremeImpl;

 protected:
  at::Tensor extreme(const at::Tensor& a, const at::Tensor& b) const override { return at::minimum(a, b); }
};

class ConcatenateImpl final : public MergeImpl {
 public:
  ConcatenateImpl() = default;
  explicit ConcatenateImpl(ConcatenateOptions options)
      : MergeImpl({options.trainable, options.dtype, std::move(options.name)}), axis_(options.axis) {}

  void fields(Fields& field) override {
    MergeImpl::fields(field);
    field("axis", axis_);
  }

  std::vector<TensorSpec> output_specs(const Call<TensorSpec>& call) const override {
    const auto inputs = call.inputs();
    TensorSpec output = inputs.front();
    int64_t& size = output.shape[axis_in(output.shape)];
    for (size_t i = 1; i < inputs.size() && size >= 0; ++i) {
      const int64_t next = inputs[i].shape[axis_in(inputs[i].shape)];
      size = next < 0 ? -1 : size + next;
    }
    return {output};
  }

  Values call_all(const Call<Value>& call, const CallOptions&) override { return {{merge(call.inputs())}}; }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    const bool is_float = std::all_of(inputs.begin(), inputs.end(), [](const PlanTensor& input) {
      return input.value.scalar_type() == at::kFloat;
    });
    if (!is_float) return planned_by_autograd(*this, planner);
    const auto sizes = inputs.front().value.sizes();
    return planned_concatenation(planner, inputs, static_cast<int64_t>(axis_in(Shape(sizes.begin(), sizes.end()))));
  }

  // Inputs without a mask count as a whole.
  std::vector<at::Tensor> output_masks(const Call<Value>& call, const Values&) const override {
    const Values inputs = call.inputs();
    if (std::none_of(inputs.begin(), inputs.end(), [](const Value& input) { return input.mask.defined(); })) return {};
    std::vector<at::Tensor> masks;
    for (const Value& input : inputs) {
      masks.push_back(input.mask.defined() ? over_values(input) : at::ones_like(input.tensor, at::kBool));
    }
    return {at::cat(masks, axis_).any(-1)};
  }

 protected:
  void check_shapes(const std::vector<TensorSpec>& inputs) const override {
    Shape common = inputs.front().shape;
    const size_t axis = axis_in(common);
    for (const auto& input : inputs) {
      Shape other = input.shape;
      if (other.rank() == common.rank()) other[axis] = common[axis];
      if (common.matches(other)) continue;
      throw ValueError("A `Concatenate` layer requires inputs with matching shapes except for the concatenation axis. "
                       "Received: input_shape={}, axis={}", shapes_text(inputs), axis_);
    }
  }

  at::Tensor merge(const Values& inputs) const override {
    std::vector<at::Tensor> tensors;
    for (const Value& input : inputs) tensors.push_back(input.tensor);
    return at::cat(tensors, axis_);
  }

 private:
  size_t axis_in(const Shape& shape) const {
    const int64_t axis = axis_ < 0 ? axis_ + shape.rank() : axis_;
    if (axis >= 0 && axis < shape.rank()) return static_cast<size_t>(axis);
    throw ValueError("Layer '{}' joins along axis {}, which an input of shape {} does not have.", name(), axis_, shape);
  }

  int64_t axis_ = -1;
};

class DotImpl final : public MergeImpl {
 public:
  DotImpl() = default;
  DotImpl(Axes axes, DotOptions options)
      : MergeImpl({options.trainable, options.dtype, std::move(options.name)}),
        axes_(std::move(axes)),
        normalize_(options.normalize) {
    check_axes();
  }

  void fields(Fields& field) override {
    MergeImpl::fields(field);
    field("axes", axes_);
    field("normalize", normalize_);
    if (field.is_reading()) check_axes();
  }

  std::vector<TensorSpec> output_specs(const Call<TensorSpec>& call) const override {
    const auto inputs = call.inputs();
    Shape output = inputs[0].shape;
    Shape second = inputs[1].shape;
    output.erase(output.begin() + axis_of(0, output.rank()));
    second.erase(second.begin() + axis_of(1, second.rank()));
    output.insert(output.end(), second.begin() + 1, second.end());
    if (output.rank() == 1) output.push_back(1);
    return {{output}};
  }

  Values call_all(const Call<Value>& call, const CallOptions&) override { return {{merge(call.inputs())}}; }
  std::vector<at::Tensor> output_masks(const Call<Value>&, const Values&) const override { return {}; }

 protected:
  void check_shapes(const std::vector<TensorSpec>& inputs) const override {
    expect_two(inputs);
    const int64_t first = axis_of(0, inputs[0].shape.rank());
    const int64_t second = axis_of(1, inputs[1].shape.rank());
    const int64_t a = inputs[0].shape.dim(first);
    const int64_t b = inputs[1].shape.dim(second);
    if (a < 0 || b < 0 || a == b) return;
    throw ValueError("Incompatible input shapes: axis values {} (at axis {}) != {} (at axis {}). Full input shapes: {}",
                     a, first, b, second, shapes_text(inputs));
  }

  at::Tensor merge(const Values& inputs) const override {
    const at::Tensor a = flat(0, inputs[0].tensor);                    // (batch, ..., n)
    const at::Tensor b = flat(1, inputs[1].tensor).transpose(1, 2);    // (batch, n, ...)
    std::vector<int64_t> sizes = rest(0, inputs[0].tensor);
    const auto second = rest(1, inputs[1].tensor);
    sizes.insert(sizes.begin(), a.size(0));
    sizes.insert(sizes.end(), second.begin(), second.end());
    if (sizes.size() == 1) sizes.push_back(1);
    return a.matmul(b).reshape(sizes);
  }

 private:
  void check_axes() const {
    const auto& axes = axes_.values();
    if (axes.empty() || axes.size() > 2 || (axes_.is_list() && axes.size() != 2)) {
      throw ValueError("Invalid format for argument `axes`: it should be an axis, or one of each input. Received: {} "
                       "axes", axes.size());
    }
    if (std::find(axes.begin(), axes.end(), 0) == axes.end()) return;
    throw ValueError("Dot does not sum over axis 0, the batch axis. Received: axes with 0");
  }

  int64_t axis_of(size_t input, int64_t rank) const {
    const int64_t axis = axes_.is_list() ? axes_.values()[input] : axes_.values().front();
    const int64_t counted = axis < 0 ? axis + rank : axis;
    if (counted > 0 && counted < rank) return counted;
    throw ValueError("Layer '{}' sums over axis {} of its input {}, which has rank {}.", name(), axis, input, rank);
  }

  // The axis to sum over last, all others but the batch as one.
  at::Tensor flat(size_t input, const at::Tensor& tensor) const {
    const int64_t axis = axis_of(input, tensor.dim());
    const at::Tensor moved = normalized(tensor, axis).movedim(axis, -1);
    return moved.reshape({moved.size(0), -1, moved.size(-1)});
  }

  // As Keras' `normalize`: the norm is at least 1e-12.
  at::Tensor normalized(const at::Tensor& tensor, int64_t axis) const {
    if (!normalize_) return tensor;
    return tensor / tensor.square().sum(axis, true).sqrt().clamp_min(1e-12);
  }

  std::vector<int64_t> rest(size_t input, const at::Tensor& tensor) const {
    std::vector<int64_t> sizes = tensor.sizes().vec();
    sizes.erase(sizes.begin() + axis_of(input, tensor.dim()));
    sizes.erase(sizes.begin());
    return sizes;
  }

  Axes axes_ = -1;
  bool normalize_ = false;
};

}  // namespace

Add::Add(MergeOptions options) : Layer(std::make_shared<AddImpl>(std::move(options))) {}
Subtract::Subtract(MergeOptions options) : Layer(std::make_shared<SubtractImpl>(std::move(options))) {}
Multiply::Multiply(MergeOptions options) : Layer(std::make_shared<MultiplyImpl>(std::move(options))) {}
Average::Average(MergeOptions options) : Layer(std::make_shared<AverageImpl>(std::move(options))) {}
Maximum::Maximum(MergeOptions options) : Layer(std::make_shared<MaximumImpl>(std::move(options))) {}
Minimum::Minimum(MergeOptions options) : Layer(std::make_shared<MinimumImpl>(std::move(options))) {}
Concatenate::Concatenate(ConcatenateOptions options) : Layer(std::make_shared<ConcatenateImpl>(std::move(options))) {}
Dot::Dot(Axes axes, DotOptions options) : Layer(std::make_shared<DotImpl>(std::move(axes), std::move(options))) {}

KerasTensor add(const KerasTensors& inputs, MergeOptions options) { return Add(std::move(options))(inputs); }
KerasTensor subtract(const KerasTensors& inputs, MergeOptions options) { return Subtract(std::move(options))(inputs); }
KerasTensor multiply(const KerasTensors& inputs, MergeOptions options) { return Multiply(std::move(options))(inputs); }
KerasTensor average(const KerasTensors& inputs, MergeOptions options) { return Average(std::move(options))(inputs); }
KerasTensor maximum(const KerasTensors& inputs, MergeOptions options) { return Maximum(std::move(options))(inputs); }
KerasTensor minimum(const KerasTensors& inputs, MergeOptions options) { return Minimum(std::move(options))(inputs); }
KerasTensor concatenate(const KerasTensors& inputs, ConcatenateOptions options) {
  return Concatenate(std::move(options))(inputs);
}
KerasTensor dot(const KerasTensors& inputs, Axes axes, DotOptions options) {
  return Dot(std::move(axes), std::move(options))(inputs);
}

void register_merging(Registry<LayerImpl>& layers) {
  layers.add<AddImpl>("Add");
  layers.add<SubtractImpl>("Subtract");
  layers.add<MultiplyImpl>("Multiply");
  layers.add<AverageImpl>("Average");
  layers.add<MaximumImpl>("Maximum");
  layers.add<MinimumImpl>("Minimum");
  layers.add<ConcatenateImpl>("Concatenate");
  layers.add<DotImpl>("Dot");
}

}  // namespace keraslike::layers

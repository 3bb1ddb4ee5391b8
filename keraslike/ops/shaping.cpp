#include <algorithm>
#include <numeric>

#include <ATen/ops/broadcast_to.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/repeat_interleave.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/tensor_split.h>
#include <ATen/ops/tile.h>

#include "keraslike/ops/operation.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::ops {

namespace {

using at::Tensor;

// With one argument of its constructor.
template <class Setting>
class ShapingImpl : public OperationImpl {
 public:
  std::vector<std::string> parameters() const override { return {"x"}; }

  Setting setting{};

 protected:
  Tensors compute(const layers::Call<Tensor>& call) const override { return {shaped(operand(call, "x"))}; }
  virtual Tensor shaped(const Tensor& x) const = 0;
};

using AxesImpl = ShapingImpl<Axes>;

class BroadcastToImpl final : public ShapingImpl<std::vector<int64_t>> {
 public:
  std::vector<layers::TensorSpec> output_specs(const layers::Call<layers::TensorSpec>& call) const override {
    return {{broadcast(call.input().shape, Shape(setting)), call.input().dtype}};
  }

 protected:
  void arguments(Fields& field) override { field("shape", setting); }
  Tensor shaped(const Tensor& x) const override { return at::broadcast_to(x, setting); }
};

class ReshapeImpl final : public ShapingImpl<std::vector<int64_t>> {
 public:
  std::vector<layers::TensorSpec> output_specs(const layers::Call<layers::TensorSpec>& call) const override {
    const layers::TensorSpec& input = call.input();
    Shape shape = setting;
    const auto left = std::find(shape.begin(), shape.end(), -1);
    const int64_t values = input.shape.count();
    if (values >= 0 && left != shape.end()) {
      *left = 1;
      *left = values / std::max<int64_t>(shape.count(), 1);
    }
    if (values >= 0 && shape.count() != values) {
      throw ValueError("The total size of the tensor must be unchanged. Operation '{}' received: x of shape {}, "
                       "newshape={}", name(), input.shape, Shape(setting));
    }
    return {{shape, input.dtype}};
  }

 protected:
  void arguments(Fields& field) override { field("newshape", setting); }
  Tensor shaped(const Tensor& x) const override { return x.reshape(setting); }
};

class ExpandDimsImpl final : public AxesImpl {
 protected:
  void arguments(Fields& field) override { field("axis", setting); }

  // Axes count in what comes out.
  Tensor shaped(const Tensor& x) const override {
    auto axes = setting.in_rank(x.dim() + static_cast<int64_t>(setting.values().size()), class_name());
    std::sort(axes.begin(), axes.end());
    Tensor result = x;
    for (const int64_t axis : axes) result = result.unsqueeze(axis);
    return result;
  }
};

class SqueezeImpl final : public AxesImpl {
 protected:
  void arguments(Fields& field) override { axis_field(field, "axis", setting); }

  Tensor shaped(const Tensor& x) const override {
    if (setting.values().empty()) return x.squeeze();
    auto axes = setting.in_rank(x.dim(), class_name());
    std::sort(axes.rbegin(), axes.rend());
    Tensor result = x;
    for (const int64_t axis : axes) {
      if (x.size(axis) != 1) {
        throw ValueError("Cannot squeeze axis={}, because the dimension is not 1. Operation '{}' received: x of shape "
                         "{}", axis, name(), Shape(x.sizes().begin(), x.sizes().end()));
      }
      result = result.squeeze(axis);
    }
    return result;
  }
};

class TransposeImpl final : public AxesImpl {
 protected:
  void arguments(Fields& field) override { axis_field(field, "axes", setting); }

  Tensor shaped(const Tensor& x) const override {
    if (!setting.values().empty()) return x.permute(setting.in_rank(x.dim(), class_name()));
    std::vector<int64_t> backwards(static_cast<size_t>(x.dim()));
    std::iota(backwards.rbegin(), backwards.rend(), 0);
    return x.permute(backwards);
  }
};

class SwapaxesImpl final : public AxesImpl {
 protected:
  void arguments(Fields& field) override {
    std::vector<int64_t> axes = setting.values();
    axes.resize(2);
    field("axis1", axes[0]);
    field("axis2", axes[1]);
    setting = axes;
  }

  Tensor shaped(const Tensor& x) const override {
    return x.transpose(setting.values().front(), setting.values().back());
  }
};

class FlipImpl final : public AxesImpl {
 protected:
  void arguments(Fields& field) override { axis_field(field, "axis", setting); }

  Tensor shaped(const Tensor& x) const override {
    if (!setting.values().empty()) return x.flip(setting.in_rank(x.dim(), class_name()));
    std::vector<int64_t> all(static_cast<size_t>(x.dim()));
    std::iota(all.begin(), all.end(), 0);
    return x.flip(all);
  }
};

class TileImpl final : public AxesImpl {
 protected:
  void arguments(Fields& field) override { field("repeats", setting); }
  Tensor shaped(const Tensor& x) const override { return at::tile(x, setting.values()); }
};

class RepeatImpl final : public AxesImpl {
 public:
  std::optional<int64_t> axis;

 protected:
  void arguments(Fields& field) override {
    field("repeats", setting);
    field("axis", axis);
  }

  Tensor shaped(const Tensor& x) const override {
    const Tensor repeated = axis ? x : x.flatten();
    const int64_t along = axis.value_or(0);
    if (!setting.is_list()) return at::repeat_interleave(repeated, setting.values().front(), along);
    return at::repeat_interleave(repeated, at::tensor(setting.values()).to(x.device()), along);
  }
};

class PadImpl final : public OperationImpl {
 public:
  std::vector<std::string> parameters() const override { return {"x", "constant_values"}; }

  std::vector<std::vector<int64_t>> pad_width;

 protected:
  void arguments(Fields& field) override {
    std::string mode = "constant";
    field("pad_width", pad_width);
    field("mode", mode);
    if (mode != "constant") throw ValueError("`pad` is available with mode='constant' only. Received: mode='{}'", mode);
    for (const auto& widths : pad_width) {
      if (widths.size() == 2) continue;
      throw ValueError("`pad` expects `pad_width` as pairs, one per axis. Received: an entry of {}.", widths.size());
    }
  }

  // LibTorch begins with the last axis. One pair serves all axes.
  Tensors compute(const layers::Call<Tensor>& call) const override {
    const Tensor x = operand(call, "x");
    const Tensor value = operand(call, "constant_values");
    std::vector<int64_t> widths;
    for (int64_t axis = x.dim() - 1; axis >= 0; --axis) {
      const auto& pair = pad_width.size() == 1 ? pad_width.front() : pad_width.at(static_cast<size_t>(axis));
      widths.insert(widths.end(), pair.begin(), pair.end());
    }
    return {at::constant_pad_nd(x, widths, value.defined() ? value.item() : at::Scalar(0))};
  }
};

// Of several tensors, which promote to one dtype.
class JoinImpl : public OperationImpl {
 public:
  int64_t axis = 0;

 protected:
  void arguments(Fields& field) override { field("axis", axis); }
  Tensors compute(const layers::Call<Tensor>& call) const override { return {joined(promoted(operands(call)))}; }
  virtual Tensor joined(const Tensors& tensors) const = 0;
};

class ConcatenateImpl final : public JoinImpl {
 public:
  std::vector<std::string> parameters() const override { return {"xs"}; }

 protected:
  Tensor joined(const Tensors& tensors) const override { return at::cat(tensors, axis); }
};

class StackImpl final : public JoinImpl {
 public:
  std::vector<std::string> parameters() const override { return {"x"}; }

 protected:
  Tensor joined(const Tensors& tensors) const override { return at::stack(tensors, axis); }
};

class SplitImpl final : public OperationImpl {
 public:
  std::vector<std::string> parameters() const override { return {"x"}; }

  Axes indices_or_sections = 1;
  int64_t axis = 0;

 protected:
  void arguments(Fields& field) override {
    field("indices_or_sections", indices_or_sections);
    field("axis", axis);
  }

  // An open axis divides into the sections, and has all places to cut at.
  std::pair<int64_t, int64_t> trial_sizes() const override {
    const auto& values = indices_or_sections.values();
    const int64_t unit = values.empty() ? 1 : std::max<int64_t>(1, *std::max_element(values.begin(), values.end()));
    return {2 * unit, 3 * unit};
  }

  Tensors compute(const layers::Call<Tensor>& call) const override {
    const Tensor x = operand(call, "x");
    if (indices_or_sections.is_list()) return at::tensor_split(x, indices_or_sections.values(), axis);
    const int64_t sections = indices_or_sections.values().front();
    if (sections > 0 && x.size(axis) % sections == 0) return at::tensor_split(x, sections, axis);
    throw ValueError("`split` expects the size of the axis to be a multiple of the number of sections. Operation '{}' "
                     "received: x of shape {}, indices_or_sections={}, axis={}", name(),
                     Shape(x.sizes().begin(), x.sizes().end()), sections, axis);
  }
};

template <class Impl, class Setting>
KerasTensor shaped(const char* class_name, const KerasTensor& x, Setting setting) {
  const auto operation = made<Impl>(class_name);
  operation->setting = std::move(setting);
  return called(operation, {Argument(x)});
}

KerasTensor joined(const char* class_name, const std::vector<KerasTensor>& tensors, int64_t axis) {
  const auto operation = made<JoinImpl>(class_name);
  operation->axis = axis;
  return called(operation, {argument_of(tensors)});
}

std::vector<KerasTensor> parts(const KerasTensor& x, Axes indices_or_sections, int64_t axis) {
  const auto operation = made<SplitImpl>("Split");
  operation->indices_or_sections = std::move(indices_or_sections);
  operation->axis = axis;
  return called(operation, {Argument(x)});
}

}  // namespace

void register_shaping() {
  add<BroadcastToImpl>("numpy", "BroadcastTo");
  add<ConcatenateImpl>("numpy", "Concatenate");
  add<ExpandDimsImpl>("numpy", "ExpandDims");
  add<FlipImpl>("numpy", "Flip");
  add<PadImpl>("numpy", "Pad");
  add<RepeatImpl>("numpy", "Repeat");
  add<ReshapeImpl>("numpy", "Reshape");
  add<SplitImpl>("numpy", "Split");
  add<SqueezeImpl>("numpy", "Squeeze");
  add<StackImpl>("numpy", "Stack");
  add<SwapaxesImpl>("numpy", "Swapaxes");
  add<TileImpl>("numpy", "Tile");
  add<TransposeImpl>("numpy", "Transpose");
}

KerasTensor broadcast_to(const KerasTensor& x, std::vector<int64_t> shape) {
  return shaped<BroadcastToImpl>("BroadcastTo", x, std::move(shape));
}
KerasTensor concatenate(std::vector<KerasTensor> xs, int64_t axis) { return joined("Concatenate", xs, axis); }
KerasTensor expand_dims(const KerasTensor& x, Axes axis) { return shaped<AxesImpl>("ExpandDims", x, std::move(axis)); }
KerasTensor flip(const KerasTensor& x, Axes axis) { return shaped<AxesImpl>("Flip", x, std::move(axis)); }
KerasTensor reshape(const KerasTensor& x, std::vector<int64_t> newshape) {
  return shaped<ReshapeImpl>("Reshape", x, std::move(newshape));
}
KerasTensor squeeze(const KerasTensor& x, Axes axis) { return shaped<AxesImpl>("Squeeze", x, std::move(axis)); }
KerasTensor stack(std::vector<KerasTensor> x, int64_t axis) { return joined("Stack", x, axis); }
KerasTensor swapaxes(const KerasTensor& x, int64_t axis1, int64_t axis2) {
  return shaped<AxesImpl>("Swapaxes", x, Axes{axis1, axis2});
}
KerasTensor tile(const KerasTensor& x, Axes repeats) { return shaped<AxesImpl>("Tile", x, std::move(repeats)); }
KerasTensor transpose(const KerasTensor& x, Axes axes) { return shaped<AxesImpl>("Transpose", x, std::move(axes)); }

KerasTensor pad(const KerasTensor& x, std::vector<std::vector<int64_t>> pad_width, double constant_values) {
  const auto operation = made<PadImpl>("Pad");
  operation->pad_width = std::move(pad_width);
  return called(operation, {Argument(x), argument_of(constant_values)});
}

KerasTensor repeat(const KerasTensor& x, int64_t repeats, std::optional<int64_t> axis) {
  const auto operation = made<RepeatImpl>("Repeat");
  operation->setting = repeats;
  operation->axis = axis;
  return called(operation, {Argument(x)});
}

std::vector<KerasTensor> split(const KerasTensor& x, int64_t sections, int64_t axis) {
  return parts(x, sections, axis);
}
std::vector<KerasTensor> split(const KerasTensor& x, std::vector<int64_t> indices, int64_t axis) {
  return parts(x, std::move(indices), axis);
}

}  // namespace keraslike::ops

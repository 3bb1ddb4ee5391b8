#include "keraslike/layers/normalization.h"

#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/var.h>

#include "keraslike/layers/data_format.h"
#include "keraslike/layers/dtype_policy.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/layer_impl.h"
#include "keraslike/layers/layer_normalization_plan.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/warnings.h"

namespace keraslike::layers {

namespace {

// Counted from the front, in order.
std::vector<int64_t> sorted_axes(const Axes& axes, const Shape& input) {
  std::vector<int64_t> result;
  for (const int64_t axis : axes) {
    if (axis < -input.rank() || axis >= input.rank()) {
      throw ValueError("Axis {} is out of bounds for input shape {}. Received: axis={}", axis, input,
                       as_tuple(axes.values()));
    }
    result.push_back(axis < 0 ? axis + input.rank() : axis);
  }
  std::sort(result.begin(), result.end());
  return result;
}

// What a layer keeps whose weights have the sizes of some of its input's axes: known sizes of these, always the same.
class NormalizingImpl : public LayerImpl {
 public:
  using LayerImpl::LayerImpl;

  void check_input(const Shape& input) const override {
    const auto axes = sorted_axes(axis(), input);
    const bool repeated = std::adjacent_find(axes.begin(), axes.end()) != axes.end();
    if (axes.empty() || axes.front() == 0 || repeated) {
      throw ValueError("{} expects `axis` to name axes of the input after the batch axis, each once. Layer '{}' "
                       "received: axis={}, input of shape {}", class_name(), name(), as_tuple(axis().values()), input);
    }
    if (built_) expect_rank(input, built_shape_.rank());
    for (const int64_t axis : axes) {
      if (built_) expect_axis(input, axis, built_shape_.dim(axis));
      if (input.dim(axis) >= 0) continue;
      throw ValueError("Axis {} of input tensor should have a defined dimension but the layer received an input with "
                       "shape {}.", axis, input);
    }
  }

 protected:
  virtual Axes axis() const = 0;

  Shape sizes_of_axes(const Shape& input) const {
    Shape sizes;
    for (const int64_t axis : sorted_axes(axis(), input)) sizes.push_back(input.dim(axis));
    return sizes;
  }

  template <class Options>
  at::Tensor add_gamma(const Shape& shape, const Options& options) {
    if (!options.scale) return {};
    return add_weight("gamma", shape, options.gamma_initializer,
                      {.regularizer = options.gamma_regularizer,
                       .constraint = options.gamma_constraint,
                       .autocast = false});
  }
  template <class Options>
  at::Tensor add_beta(const Shape& shape, const Options& options) {
    if (!options.center) return {};
    return add_weight("beta", shape, options.beta_initializer,
                      {.regularizer = options.beta_regularizer,
                       .constraint = options.beta_constraint,
                       .autocast = false});
  }

  // A weight, if any, in the type of what it changes.
  static at::Tensor like(const at::Tensor& weight, const at::Tensor& values) {
    return weight.defined() ? weight.to(values.scalar_type()) : weight;
  }

  // The keys that two of the configs share.
  template <class Options>
  static void affine_fields(Fields& field, Options& options) {
    field("beta_initializer", options.beta_initializer);
    field("gamma_initializer", options.gamma_initializer);
    field("beta_regularizer", options.beta_regularizer);
    field("gamma_regularizer", options.gamma_regularizer);
    field("beta_constraint", options.beta_constraint);
    field("gamma_constraint", options.gamma_constraint);
  }
};

class LayerNormalizationImpl final : public NormalizingImpl {
 public:
  LayerNormalizationImpl() = default;
  explicit LayerNormalizationImpl(LayerNormalizationOptions options)
      : NormalizingImpl(layer_arguments(options)), options_(std::move(options)) {
    settle();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("axis", options_.axis);
    field("epsilon", options_.epsilon);
    field("center", options_.center);
    field("scale", options_.scale);
    field("rms_scaling", options_.rms_scaling);
    affine_fields(field, options_);
    if (field.is_reading()) settle();
  }

  bool supports_masking() const override { return true; }

  void build(const Shape& input) override {
    const Shape shape = sizes_of_axes(input);
    LayerNormalizationOptions weights = options_;
    weights.scale = weights.scale || weights.rms_scaling;
    weights.center = weights.center && !weights.rms_scaling;
    gamma_ = add_gamma(shape, weights);
    beta_ = add_beta(shape, weights);
    options_.axis = Axes(options_.axis.values());  // Keras keeps, and writes, a list from here on
  }

  bool autocasts() const override { return false; }

  // LibTorch normalises the last axes, so these go there and back.
  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    return normalized(at_least_float32(input)).to(input.scalar_type());
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    const PlanTensor& input = inputs.front();
    const auto axes = sorted_axes(options_.axis, built_shape_);
    const bool are_last = axes.front() == built_shape_.rank() - static_cast<int64_t>(axes.size());
    const bool is_float = input.value.scalar_type() == at::kFloat;
    if (options_.rms_scaling || !are_last || !is_float) return planned_by_autograd(*this, planner, inputs);
    return for_any_call(planned_layer_normalization(planner, input, sizes_of_axes(built_shape_).count(), gamma_, beta_,
                                                    options_.epsilon));
  }

 protected:
  Axes axis() const override { return options_.axis; }

 private:
  void settle() {
    options_.beta_initializer.resolve();
    options_.gamma_initializer.resolve();
    if (!options_.rms_scaling) return;
    utils::warn("You passed `rms_scaling=True`, which is deprecated. This argument incorrectly scales the input by the "
                "variance, not the root mean square. To correctly use RMS Normalization, please use "
                "`layers::RMSNormalization` instead.");
  }

  at::Tensor normalized(const at::Tensor& input) const {
    const Shape shape = sizes_of_axes(built_shape_);
    const auto axes = sorted_axes(options_.axis, built_shape_);
    std::vector<int64_t> last;
    for (size_t i = 0; i < axes.size(); ++i) last.push_back(static_cast<int64_t>(i) - shape.rank());
    const at::Tensor x = input.movedim(axes, last);
    const at::Tensor gamma = like(gamma_, x);
    if (!options_.rms_scaling) {
      return at::layer_norm(x, shape, gamma, like(beta_, x), options_.epsilon).movedim(last, axes);
    }
    const at::Tensor variance = at::var(x, at::IntArrayRef(last), /*unbiased=*/false, /*keepdim=*/true);
    return (x * (variance + options_.epsilon).rsqrt() * gamma).movedim(last, axes);
  }

  LayerNormalizationOptions options_;
  at::Tensor gamma_;
  at::Tensor beta_;
};

class GroupNormalizationImpl final : public NormalizingImpl {
 public:
  GroupNormalizationImpl() = default;
  explicit GroupNormalizationImpl(GroupNormalizationOptions options)
      : NormalizingImpl(layer_arguments(options)), options_(std::move(options)) {
    settle();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("groups", options_.groups);
    field("axis", options_.axis);
    field("epsilon", options_.epsilon);
    field("center", options_.center);
    field("scale", options_.scale);
    affine_fields(field, options_);
    if (field.is_reading()) settle();
  }

  bool supports_masking() const override { return true; }

  void build(const Shape& input) override {
    const Shape shape = sizes_of_axes(input);
    if (options_.groups == -1) options_.groups = shape[0];  // and so in the config, as in Keras
    gamma_ = add_gamma(shape, options_);
    beta_ = add_beta(shape, options_);
  }

  bool autocasts() const override { return false; }

  // By way of layer_norm: the gradient of LibTorch 1.13's group_norm refuses images whose channels come last.
  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    const at::Tensor x = at_least_float32(input).movedim(options_.axis, 1);
    const at::Tensor groups = x.reshape({x.size(0), options_.groups, -1});
    const at::Tensor normalized = at::layer_norm(groups, {groups.size(2)}, {}, {}, options_.epsilon);
    at::Tensor output = normalized.reshape(x.sizes()).movedim(1, -1);
    if (gamma_.defined()) output = output * like(gamma_, output);
    if (beta_.defined()) output = output + like(beta_, output);
    return output.movedim(-1, options_.axis).to(input.scalar_type());
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    return planned_by_autograd(*this, planner, inputs);
  }

  void check_input(const Shape& input) const override {
    NormalizingImpl::check_input(input);
    const int64_t size = input.dim(options_.axis);
    if (options_.groups > size) {
      throw ValueError("Number of groups ({}) cannot be more than the number of channels ({}).", options_.groups, size);
    }
    if (options_.groups > 0 && size % options_.groups != 0) {
      throw ValueError("The number of channels ({}) must be a multiple of the number of groups ({}).", size,
                       options_.groups);
    }
  }

 protected:
  Axes axis() const override { return options_.axis; }

 private:
  void settle() {
    if (options_.groups <= 0 && options_.groups != -1) {
      throw ValueError("Received an invalid value for argument `groups`, expected a positive integer (or `-1` for "
                       "instance normalization). Received: groups={}", options_.groups);
    }
    options_.beta_initializer.resolve();
    options_.gamma_initializer.resolve();
  }

  GroupNormalizationOptions options_;
  at::Tensor gamma_;
  at::Tensor beta_;
};

class RMSNormalizationImpl final : public NormalizingImpl {
 public:
  RMSNormalizationImpl() = default;
  explicit RMSNormalizationImpl(RMSNormalizationOptions options)
      : NormalizingImpl(layer_arguments(options)), options_(std::move(options)) {}

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("axis", options_.axis);
    field("epsilon", options_.epsilon);
  }

  void build(const Shape& input) override {
    scale_ = add_weight("scale", sizes_of_axes(input), "ones");
    options_.axis = Axes(options_.axis.values());  // Keras keeps, and writes, a list from here on
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    std::vector<int64_t> sizes(static_cast<size_t>(input.dim()), 1);
    const auto axes = sorted_axes(options_.axis, built_shape_);
    for (const int64_t axis : axes) sizes[static_cast<size_t>(axis)] = input.size(axis);
    const at::Tensor mean_square = at::mean(input.square(), axes, /*keepdim=*/true);
    return input * (mean_square + options_.epsilon).rsqrt() * scale_.reshape(sizes);
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    return planned_by_autograd(*this, planner, inputs);
  }

 protected:
  Axes axis() const override { return options_.axis; }

 private:
  RMSNormalizationOptions options_;
  at::Tensor scale_;
};

class UnitNormalizationImpl final : public LayerImpl {
 public:
  UnitNormalizationImpl() = default;
  explicit UnitNormalizationImpl(UnitNormalizationOptions options)
      : LayerImpl(layer_arguments(options)), options_(std::move(options)) {}

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("axis", options_.axis);
  }

  bool supports_masking() const override { return true; }

  // A vector of zeros stays one.
  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    const at::Tensor length = input.square().sum(at::IntArrayRef(options_.axis.values()), /*keepdim=*/true);
    return input * length.rsqrt().clamp_max(1e12);
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    return planned_by_autograd(*this, planner, inputs);
  }

  void check_input(const Shape& input) const override { sorted_axes(options_.axis, input); }

 private:
  UnitNormalizationOptions options_;
};

}  // namespace

LayerNormalization::LayerNormalization(LayerNormalizationOptions options)
    : Layer(std::make_shared<LayerNormalizationImpl>(std::move(options))) {}
GroupNormalization::GroupNormalization(GroupNormalizationOptions options)
    : Layer(std::make_shared<GroupNormalizationImpl>(std::move(options))) {}
RMSNormalization::RMSNormalization(RMSNormalizationOptions options)
    : Layer(std::make_shared<RMSNormalizationImpl>(std::move(options))) {}
UnitNormalization::UnitNormalization(UnitNormalizationOptions options)
    : Layer(std::make_shared<UnitNormalizationImpl>(std::move(options))) {}

void register_normalization(Registry<LayerImpl>& layers) {
  layers.add<LayerNormalizationImpl>("LayerNormalization");
  layers.add<GroupNormalizationImpl>("GroupNormalization");
  layers.add<RMSNormalizationImpl>("RMSNormalization");
  layers.add<UnitNormalizationImpl>("UnitNormalization");
}

}  // namespace keraslike::layers

#include "keraslike/layers/activation.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/where.h>

#include "keraslike/activations/activations.h"
#include "keraslike/layers/data_format.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/layer_impl.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

class ActivationImpl final : public LayerImpl {
 public:
  ActivationImpl() = default;
  ActivationImpl(NameOr<activations::Activation> activation, const ActivationOptions& options)
      : LayerImpl(layer_arguments(options)), activation_(std::move(activation)) {
    if (!activation_) activation_ = "linear";
    activation_.resolve();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("activation", activation_);
  }

  bool supports_masking() const override { return true; }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override { return activation_.resolve()(input); }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    return for_any_call(planned_activation(activation_.resolve(), planner, inputs.front()));
  }

 private:
  NameOr<activations::Activation> activation_ = "linear";
};

class ReLUImpl final : public LayerImpl {
 public:
  ReLUImpl() = default;
  explicit ReLUImpl(ReLUOptions options) : LayerImpl(layer_arguments(options)), options_(std::move(options)) {
    check("negative_slope", options_.negative_slope);
    check("threshold", options_.threshold);
    if (options_.max_value) check("max_value", *options_.max_value);
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("max_value", options_.max_value);
    field("negative_slope", options_.negative_slope);
    field("threshold", options_.threshold);
  }

  bool supports_masking() const override { return true; }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override { return activation()(input); }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    return for_any_call(planned_activation(activation(), planner, inputs.front()));
  }

 private:
  activations::Activation activation() const {
    return activations::Relu({.negative_slope = options_.negative_slope,
                              .max_value = options_.max_value,
                              .threshold = options_.threshold});
  }

  static void check(const char* name, double value) {
    if (value >= 0.0) return;
    throw ValueError("{} of a ReLU layer cannot be a negative value. Received: {}={}", name, name, value);
  }

  ReLUOptions options_;
};

class LeakyReLUImpl final : public LayerImpl {
 public:
  LeakyReLUImpl() = default;
  explicit LeakyReLUImpl(LeakyReLUOptions options)
      : LayerImpl(layer_arguments(options)), options_(std::move(options)) {}

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("negative_slope", options_.negative_slope);
  }

  bool supports_masking() const override { return true; }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override { return activation()(input); }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    return for_any_call(planned_activation(activation(), planner, inputs.front()));
  }

 private:
  activations::Activation activation() const {
    return activations::LeakyRelu({.negative_slope = options_.negative_slope});
  }

  LeakyReLUOptions options_;
};

class PReLUImpl final : public LayerImpl {
 public:
  PReLUImpl() = default;
  explicit PReLUImpl(PReLUOptions options) : LayerImpl(layer_arguments(options)), options_(std::move(options)) {
    options_.alpha_initializer.resolve();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("alpha_initializer", options_.alpha_initializer);
    field("alpha_regularizer", options_.alpha_regularizer);
    field("alpha_constraint", options_.alpha_constraint);
    std::optional<std::vector<int64_t>> shared;
    if (!options_.shared_axes.values().empty()) shared = options_.shared_axes.values();
    field("shared_axes", shared);
    options_.shared_axes = Axes(shared.value_or(std::vector<int64_t>()));
    if (field.is_reading()) options_.alpha_initializer.resolve();
  }

  bool supports_masking() const override { return true; }

  void build(const Shape& input) override {
    alpha_ = add_weight("alpha", alpha_shape(input), options_.alpha_initializer,
                        {.regularizer = options_.alpha_regularizer, .constraint = options_.alpha_constraint});
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    return input.relu() - alpha_ * input.neg().relu();
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    return planned_by_autograd(*this, planner, inputs);
  }

  void check_input(const Shape& input) const override {
    if (built_) expect_rank(input, built_shape_.rank());
    const Shape alpha = alpha_shape(input);
    for (int64_t axis = 1; axis < input.rank(); ++axis) {
      const int64_t size = alpha.dim(axis - 1);
      if (size == 1) continue;
      if (built_) expect_axis(input, axis, built_shape_.dim(axis));
      if (size >= 0) continue;
      throw ValueError("PReLU needs to know the size of each axis that is not shared. Layer '{}' received: "
                       "shared_axes={}, input of shape {}", name(), as_tuple(options_.shared_axes.values()), input);
    }
  }

 private:
  Shape alpha_shape(const Shape& input) const {
    Shape shape = input.without_batch();
    for (const int64_t axis : options_.shared_axes) {
      if (axis < 1 || axis >= input.rank()) {
        throw ValueError("PReLU expects `shared_axes` to be axes of the input after the batch axis. Layer '{}' "
                         "received: shared_axes={}, input of shape {}", name(), as_tuple(options_.shared_axes.values()),
                         input);
      }
      shape[static_cast<size_t>(axis - 1)] = 1;
    }
    return shape;
  }

  PReLUOptions options_;
  at::Tensor alpha_;
};

class ELUImpl final : public LayerImpl {
 public:
  ELUImpl() = default;
  explicit ELUImpl(ELUOptions options) : LayerImpl(layer_arguments(options)), options_(std::move(options)) {}

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("alpha", options_.alpha);
  }

  bool supports_masking() const override { return true; }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override { return activation()(input); }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    return for_any_call(planned_activation(activation(), planner, inputs.front()));
  }

 private:
  activations::Activation activation() const {
    return activations::Elu({.alpha = options_.alpha});
  }

  ELUOptions options_;
};

class SoftmaxImpl final : public LayerImpl {
 public:
  SoftmaxImpl() = default;
  explicit SoftmaxImpl(SoftmaxOptions options) : LayerImpl(layer_arguments(options)), options_(std::move(options)) {
    settle();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("axis", options_.axis);
    if (field.is_reading()) settle();
  }

  bool supports_masking() const override { return true; }

  std::vector<std::string> parameters() const override { return {"inputs", "mask"}; }

  // Masked values count as very low before, and are 0 after, even where all are masked.
  at::Tensor call(const at::Tensor& input, const CallOptions& options) override {
    if (options.mask == nullptr) return softmax_(input);
    check_mask(input, *options.mask);
    const at::Tensor mask = options.mask->scalar_type() == at::kBool ? *options.mask : options.mask->gt(0.5);
    return at::where(mask, softmax_(at::where(mask, input, large_negative_number(input))), 0.0);
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    return planned_activation(softmax_, planner, inputs.front());
  }

 private:
  void settle() { softmax_ = activations::Softmax({.axis = options_.axis}); }

  static double large_negative_number(const at::Tensor& input) {
    return input.scalar_type() == at::kHalf ? -3e4 : -1e9;
  }

  static void check_mask(const at::Tensor& input, const at::Tensor& mask) {
    const Shape inputs(input.sizes().begin(), input.sizes().end());
    const Shape masks(mask.sizes().begin(), mask.sizes().end());
    if (masks.rank() > inputs.rank()) {
      throw ValueError("The `mask` must be broadcastable to `inputs` and must not have more dimensions. Received: "
                       "inputs.shape={}, mask.shape={}", inputs, masks);
    }
    for (int64_t axis = -1; axis >= -masks.rank(); --axis) {
      if (masks.dim(axis) == 1 || masks.dim(axis) == inputs.dim(axis)) continue;
      throw ValueError("The `mask` must be broadcastable to `inputs`. Each mask dimension must be 1 or match the "
                       "corresponding input dimension. Received: inputs.shape={}, mask.shape={}", inputs, masks);
    }
  }

  SoftmaxOptions options_;
  activations::Softmax softmax_;
};

}  // namespace

Activation::Activation(NameOr<activations::Activation> activation, ActivationOptions options)
    : Layer(std::make_shared<ActivationImpl>(std::move(activation), options)) {}
ReLU::ReLU(ReLUOptions options) : Layer(std::make_shared<ReLUImpl>(std::move(options))) {}
LeakyReLU::LeakyReLU(LeakyReLUOptions options) : Layer(std::make_shared<LeakyReLUImpl>(std::move(options))) {}
LeakyReLU::LeakyReLU(double negative_slope) : LeakyReLU(LeakyReLUOptions{.negative_slope = negative_slope}) {}
PReLU::PReLU(PReLUOptions options) : Layer(std::make_shared<PReLUImpl>(std::move(options))) {}
ELU::ELU(ELUOptions options) : Layer(std::make_shared<ELUImpl>(std::move(options))) {}
ELU::ELU(double alpha) : ELU(ELUOptions{.alpha = alpha}) {}
Softmax::Softmax(SoftmaxOptions options) : Layer(std::make_shared<SoftmaxImpl>(std::move(options))) {}

void register_activation(Registry<LayerImpl>& layers) {
  layers.add<ActivationImpl>("Activation");
  layers.add<ReLUImpl>("ReLU");
  layers.add<LeakyReLUImpl>("LeakyReLU");
  layers.add<PReLUImpl>("PReLU");
  layers.add<ELUImpl>("ELU");
  layers.add<SoftmaxImpl>("Softmax");
}

}  // namespace keraslike::layers

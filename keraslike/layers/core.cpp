#include "keraslike/layers/core.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/where.h>
#include <torch/nn/modules/linear.h>

#include "keraslike/layers/dense_plan.h"
#include "keraslike/layers/dtype_policy.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/lora.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/large_memory.h"

namespace keraslike::layers {

namespace {

class DenseImpl final : public LayerImpl {
 public:
  DenseImpl() = default;
  DenseImpl(int64_t units, DenseOptions options)
      : LayerImpl(layer_arguments(options)),
        units_(units),
        options_(std::move(options)) {
    settle();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("units", units_);
    field("activation", options_.activation);
    field("use_bias", options_.use_bias);
    field("kernel_initializer", options_.kernel_initializer);
    field("bias_initializer", options_.bias_initializer);
    field("kernel_regularizer", options_.kernel_regularizer);
    field("bias_regularizer", options_.bias_regularizer);
    if (field.is_reading() || activity_regularizer()) field("activity_regularizer", activity_regularizer());
    field("kernel_constraint", options_.kernel_constraint);
    field("bias_constraint", options_.bias_constraint);
    quantization_field(field);
    lora_fields(field, options_.lora_rank, options_.lora_alpha);
    if (field.is_reading()) settle();
  }

  bool supports_masking() const override { return true; }

  void build(const Shape& input_shape) override {
    const int64_t features = input_shape.dim(-1);
    linear_ = own_linear(features);
    add_weight("kernel", {features, units_}, options_.kernel_initializer,
               {.regularizer = options_.kernel_regularizer,
                .constraint = options_.kernel_constraint,
                .stored = {1, 0},
                .tensor = &linear_->weight});
    if (options_.use_bias) {
      add_weight("bias", {units_}, options_.bias_initializer,
                 {.regularizer = options_.bias_regularizer,
                  .constraint = options_.bias_constraint,
                  .tensor = &linear_->bias});
    }
    if (!options_.lora_rank) return;
    options_.lora_alpha = options_.lora_rank;  // what was given is lost in Keras too
    adapted_ = add_lora("kernel", *options_.lora_rank, *options_.lora_alpha, options_.kernel_regularizer);
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    const at::Tensor kernel = adapted_ ? adapted_->effective() : linear_->weight;
    const at::Tensor& bias = linear_->bias;
    const bool apart = bias.defined() && has_16_bits(input);
    return (*options_.activation)(apart ? at::linear(input, kernel) + bias : at::linear(input, kernel, bias));
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    if (adapted_) return planned_by_autograd(*this, planner);
    return for_any_call(
        planned_dense(*options_.activation, planner, inputs.front(), linear_->weight, linear_->bias));
  }

  Shape output_shape(const Shape& input_shape) const override {
    Shape output = input_shape;
    output.back() = units_;
    return output;
  }

  void check_input(const Shape& input_shape) const override {
    expect_min_rank(input_shape, 2);
    if (built_) expect_axis(input_shape, -1, built_shape_.dim(-1));
    if (!built_ && input_shape.dim(-1) < 0) {
      throw ValueError("Dense needs to know the last dimension of its input. Layer '{}' received an input of shape {}.",
                       name(), input_shape);
    }
  }

 private:
  // Checks the arguments and makes objects of names; for the constructor's arguments and a config's alike.
  void settle() {
    if (units_ <= 0) {
      throw ValueError("Received an invalid value for `units`, expected a positive integer. Received: units={}",
                       units_);
    }
    if (!options_.activation) options_.activation = "linear";
    options_.activation.resolve();
    options_.kernel_initializer.resolve();
    options_.bias_initializer.resolve();
    settle_lora(options_.lora_rank, options_.lora_alpha, !options_.kernel_constraint.is_none(), "kernel",
                "kernel_constraint");
  }

  // LibTorch's constructor draws random numbers, which `add_weight` replaces: here it makes few, and room comes later.
  torch::nn::Linear own_linear(int64_t features) {
    auto linear = own<torch::nn::Linear>("linear", torch::nn::LinearOptions(1, 1).bias(options_.use_bias));
    linear->options.in_features(features).out_features(units_);
    linear->weight.set_data(utils::empty_large({units_, features}, at::kFloat));
    if (options_.use_bias) linear->bias.set_data(at::empty({units_}));
    return linear;
  }

  int64_t units_ = 0;
  DenseOptions options_;
  torch::nn::Linear linear_{nullptr};
  WeightPtr adapted_;  // the kernel, with `lora_rank`
};

class MaskingImpl final : public LayerImpl {
 public:
  MaskingImpl() = default;
  explicit MaskingImpl(const MaskingOptions& options)
      : LayerImpl(layer_arguments(options)), mask_value_(options.mask_value) {}

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("mask_value", mask_value_);
  }

  bool supports_masking() const override { return true; }

  Values call_all(const Call<Value>& call, const CallOptions&) override {
    const at::Tensor& input = call.input().tensor;
    const at::Tensor mask = input.ne(mask_value_).any(-1, /*keepdim=*/true);
    return {{at::where(mask, input, 0.0)}};
  }

  std::vector<at::Tensor> output_masks(const Call<Value>& call, const Values&) const override {
    return {call.input().tensor.ne(mask_value_).any(-1)};
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors&) override {
    return planned_by_autograd(*this, planner);
  }

  void check_input(const Shape& input) const override { expect_min_rank(input, 2); }

 private:
  double mask_value_ = 0.0;
};

class IdentityImpl final : public LayerImpl {
 public:
  IdentityImpl() = default;
  explicit IdentityImpl(const IdentityOptions& options)
      : LayerImpl(layer_arguments(options)) {}

  bool supports_masking() const override { return true; }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override { return input; }

  std::optional<PlannedLayer> plan(const StepPlanner&, const PlanTensors& inputs) override {
    return PlannedLayer{inputs, nullptr, /*fits_any_call=*/true};
  }
};

DenseOptions with_activation(NameOr<activations::Activation> activation) {
  DenseOptions options;
  options.activation = std::move(activation);
  return options;
}

}  // namespace

Dense::Dense(int64_t units, DenseOptions options) : Layer(std::make_shared<DenseImpl>(units, std::move(options))) {}
Dense::Dense(int64_t units, NameOr<activations::Activation> activation)
    : Dense(units, with_activation(std::move(activation))) {}
Masking::Masking(MaskingOptions options) : Layer(std::make_shared<MaskingImpl>(options)) {}
Masking::Masking(double mask_value) : Masking(MaskingOptions{.mask_value = mask_value}) {}
Identity::Identity(IdentityOptions options) : Layer(std::make_shared<IdentityImpl>(options)) {}

void register_core(Registry<LayerImpl>& layers) {
  layers.add<DenseImpl>("Dense");
  layers.add<MaskingImpl>("Masking");
  layers.add<IdentityImpl>("Identity");
}

}  // namespace keraslike::layers

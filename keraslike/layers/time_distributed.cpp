#include <ATen/ops/stack.h>

#include "keraslike/layers/families.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/layers/wrappers.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::layers {

namespace {

class TimeDistributedImpl final : public LayerImpl {
 public:
  TimeDistributedImpl() = default;
  TimeDistributedImpl(Layer layer, TimeDistributedOptions options)
      : LayerImpl(layer_arguments(options)),
        layer_(std::move(layer)) {
    settle();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("layer", layer_);
    if (field.is_reading()) settle();
  }

  std::vector<std::string> parameters() const override { return {"inputs", "training", "mask"}; }

  void build(const Shape& input) override { layer_->build(step_of(input)); }

  // The steps go through the inner layer's `call` one by one, as in Keras: batch normalization sees the rows of one step,
  // and dropout draws for each.
  Values call_all(const Call<Value>& call, const CallOptions& options) override {
    const Value input = call.inputs().front();
    const auto given = call.tensor("mask");
    const at::Tensor mask = given ? given->tensor : input.mask;
    if (mask.defined()) check_mask(mask, input.tensor);
    const auto steps = for_inner(input.tensor).unbind(1);
    const auto masks = mask.defined() ? mask.unbind(1) : std::vector<at::Tensor>(steps.size());
    std::vector<at::Tensor> outputs;
    for (size_t i = 0; i < steps.size(); ++i) {
      const NameScope scope(layer_->name());
      outputs.push_back((*layer_)->call_all(Value{steps[i], masks[i]}, options).front().tensor);
    }
    return {{at::stack(outputs, 1)}};
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors&) override {
    return planned_by_autograd(*this, planner);
  }

  Shape output_shape(const Shape& input) const override {
    Shape output = (*layer_)->checked_output_shape(step_of(input));
    output.insert(output.begin() + 1, input[1]);
    return output;
  }

  void check_input(const Shape& input) const override {
    if (input.rank() < 3) {
      throw ValueError("`TimeDistributed` Layer should be passed an `input_shape` with at least 3 dimensions, received: "
                       "{}", input);
    }
    if (input[1] == 0) {
      throw ValueError("Layer '{}' (of type {}) expects at least one step. Received an input of shape {}.", name(),
                       class_name(), input);
    }
    (*layer_)->check_call(TensorSpec{step_of(input)});
  }

  bool supports_masking() const override { return true; }
  bool needs_batch_size() const override { return (*layer_)->needs_batch_size(); }

  std::vector<Layer> sublayers() const override { return layer_ ? std::vector<Layer>{*layer_} : std::vector<Layer>(); }
  std::vector<std::pair<std::string, Layer>> saved_parts() const override { return {{"layer", *layer_}}; }

 private:
  static Shape step_of(Shape input) {
    input.erase(input.begin() + 1);
    return input;
  }

  // The inner layer's `call` takes inputs as they are, and its weights may be of another dtype.
  at::Tensor for_inner(const at::Tensor& input) const {
    const DType dtype = (*layer_)->compute_dtype();
    const bool casts = (*layer_)->autocasts() && is_floating(dtype) && input.is_floating_point();
    return casts ? input.to(utils::scalar_type(dtype)) : input;
  }

  void settle() {
    if (!layer_) {
      throw ValueError("Please initialize `TimeDistributed` layer with a `keras.layers.Layer` instance. Received: None");
    }
    register_module("layer", layer_->impl());
  }

  static void check_mask(const at::Tensor& mask, const at::Tensor& input) {
    const Shape shape(mask.sizes().begin(), mask.sizes().end());
    if (shape.rank() < 2) {
      throw ValueError("The `mask` passed to the `TimeDistributed` layer must be at least 2D (e.g., `(batch_size, "
                       "timesteps)`), but it has {} dimension(s) with shape {}.", shape.rank(), shape);
    }
    if (shape[0] == input.size(0) && shape[1] == input.size(1)) return;
    throw ValueError("The `mask` passed to the `TimeDistributed` layer has a shape {} that is incompatible with the "
                     "input shape {}. The first two dimensions of the mask (batch size and timesteps) must match the "
                     "input's first two dimensions. Expected mask shape prefix: ({}, {}).", shape,
                     Shape(input.sizes().begin(), input.sizes().end()), input.size(0), input.size(1));
  }

  NameOr<Layer> layer_ = none;
};

}  // namespace

TimeDistributed::TimeDistributed(Layer layer, TimeDistributedOptions options)
    : Layer(std::make_shared<TimeDistributedImpl>(std::move(layer), std::move(options))) {}

void register_time_distributed(Registry<LayerImpl>& layers) { layers.add<TimeDistributedImpl>("TimeDistributed"); }

}  // namespace keraslike::layers

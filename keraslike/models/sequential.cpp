#include "keraslike/models/sequential.h"

#include <algorithm>

#include "keraslike/layers/node.h"
#include "keraslike/layers/graph_plan.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/layers/takes_texts.h"
#include "keraslike/models/sequential_impl.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/naming.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike {

namespace models {

SequentialImpl::SequentialImpl(SequentialOptions options)
    : ModelImpl({.name = std::move(options.name), .trainable = options.trainable}) {
  register_models();
}

// The input layer is listed once the shape of the input is known.
std::vector<NameOr<Layer>> SequentialImpl::with_input_layer() const {
  std::vector<NameOr<Layer>> all;
  if (input_) all.emplace_back(Layer(input_));
  for (const Layer& layer : layers_) all.emplace_back(layer);
  return all;
}

void SequentialImpl::fields(Fields& field) {
  ModelImpl::fields(field);
  auto all = with_input_layer();
  std::optional<Shape> build_input_shape = build_config();
  field("layers", all);
  if (field.is_reading() || build_input_shape) field("build_input_shape", build_input_shape);
  if (!field.is_reading()) return;
  for (const auto& argument : all) {
    const Layer layer = argument.get();
    if (const auto input = std::dynamic_pointer_cast<layers::InputLayerImpl>(layer.impl())) {
      declare(input);
    } else {
      add_layer(layer);
    }
  }
}

void SequentialImpl::add(const SequentialItem& item) {
  if (item.input()) {
    add_input(*item.input());
  } else {
    add_layer(*item.layer());
  }
}

void SequentialImpl::add_input(const Input& input) {
  if (!layers_.empty() || batch_shape_) {
    throw ValueError("`Input` must come first in a Sequential model. Model '{}' already has {}.", name(),
                     layers_.empty() ? "an Input" : fmt::format("layer '{}'", layers_.front().name()));
  }
  declare(std::static_pointer_cast<layers::InputLayerImpl>(input.impl()->node()->layer.impl()));
}

void SequentialImpl::declare(std::shared_ptr<layers::InputLayerImpl> input) {
  batch_shape_ = input->batch_shape();
  declared_ = true;
  input_ = std::move(input);
}

std::shared_ptr<layers::InputLayerImpl> SequentialImpl::input_of(const Shape& batch_shape, std::string dtype) {
  return std::make_shared<layers::InputLayerImpl>(batch_shape, std::move(dtype), utils::unique_name("InputLayer"));
}

void SequentialImpl::add_layer(const Layer& layer) {
  for (const Layer& other : layers_) {
    if (other.name() != layer.name()) continue;
    throw ValueError(
        "All layers added to a Sequential model should have unique names. Name '{}' is already the name of "
        "a layer in this model. Give one of them another `name`.",
        layer.name());
  }
  if (layer.impl().get() == this) throw ValueError("Model '{}' can not be added to itself.", name());
  const bool first = layers_.empty();
  layers::check_takes(*layer.impl(), first && takes_texts());
  if (first && !batch_shape_ && layer->declared_input_shape()) {
    declare(input_of(layer->declared_input_shape()->with_batch(), config::floatx()));
  }
  if (batch_shape_) {
    const Shape input = first ? *batch_shape_ : output_shape(*batch_shape_);
    const layers::NameScope scope(name());
    layer.compute_output_shape(input);
    layer.build(input);
  }
  layers_.push_back(layer);
  register_module(module_name(layer.name()), layer.impl());
  built_ = batch_shape_.has_value();
}

void SequentialImpl::pop() {
  if (layers_.empty()) throw ValueError("There are no layers in model '{}'; `pop` has nothing to take away.", name());
  unregister_module(module_name(layers_.back().name()));
  layers_.pop_back();
  if (layers_.empty()) {
    built_ = false;
    if (!declared_) {
      batch_shape_.reset();
      input_.reset();
    }
  }
}

void SequentialImpl::build(const Shape& input_shape) {
  if (layers_.empty()) {
    throw ValueError("Sequential model '{}' cannot be built because it has no layers. Call `model.add(layer)`.",
                     name());
  }
  output_shape(input_shape);
  Shape shape = input_shape;
  for (const Layer& layer : layers_) {
    layer.build(shape);
    shape = layer.compute_output_shape(shape);
  }
  if (batch_shape_) return;
  batch_shape_ = input_shape.without_batch().with_batch();
  input_ = input_of(*batch_shape_, to_string(layers_.front().compute_dtype()));
}

layers::Values SequentialImpl::call_all(const layers::Call<layers::Value>& call, const layers::CallOptions& options) {
  layers::Value output = call.inputs().front();
  if (const auto mask = call.tensor("mask")) output.mask = mask->tensor;
  if (input_ && output.tensor.is_floating_point() && is_floating(input_->spec().dtype)) {
    output.tensor = output.tensor.to(utils::scalar_type(input_->spec().dtype));
  }
  for (const Layer& layer : layers_) output = layer->run(output, options);
  return {output};
}

Shape SequentialImpl::output_shape(const Shape& input_shape) const {
  return output_specs(layers::TensorSpec{input_shape}).front().shape;
}

std::vector<layers::TensorSpec> SequentialImpl::output_specs(const layers::Call<layers::TensorSpec>& call) const {
  layers::TensorSpec spec = call.inputs().front();
  for (const Layer& layer : layers_) spec = layer->checked_output_specs(spec).front();
  return {spec};
}

void SequentialImpl::check_input(const Shape& input_shape) const {
  if (batch_shape_ && !batch_shape_->matches(input_shape)) {
    throw ValueError("Input 0 of layer '{}' (of type {}) is incompatible with the layer: expected shape={}, found "
                     "shape={}.", name(), class_name(), *batch_shape_, input_shape);
  }
}

std::vector<std::pair<Layer, at::Tensor>> SequentialImpl::trace(const training::Tensors& x) {
  std::vector<std::pair<Layer, at::Tensor>> outputs;
  layers::Value output{x.front()};
  for (const Layer& layer : layers_) {
    output = layer->run(output, {});
    outputs.emplace_back(layer, output.tensor);
  }
  take_losses();
  return outputs;
}

layers::Values SequentialImpl::forward(const training::Tensors& inputs, const layers::CallOptions& options) {
  return run_all(layers::Value{inputs.front()}, options);
}

std::optional<layers::PlannedLayer> SequentialImpl::plan(const layers::StepPlanner& planner,
                                                         const std::vector<layers::PlanTensor>& inputs) {
  if (planner.call().tensor("mask")) return layers::planned_by_autograd(*this, planner);
  return layers::planned_graph(layers::chain_of(layers_), planner, inputs);
}

std::vector<training::InputSpec> SequentialImpl::declared_inputs() const {
  if (!batch_shape_) return {};
  return {{input_->name(), input_->spec(), input_->is_text()}};
}

std::vector<Shape> SequentialImpl::output_shapes(const std::vector<Shape>& inputs) const {
  if (layers_.empty()) {
    throw ValueError("Sequential model '{}' cannot be built because it has no layers. Call `model.add(layer)`.",
                     name());
  }
  return {checked_output_shape(inputs.front())};
}

std::vector<std::string> SequentialImpl::output_names() const {
  return {layers_.empty() ? name() : layers_.back().name()};
}

void SequentialImpl::ensure_network_built(const std::vector<Shape>& inputs) { ensure_built(inputs.front()); }

}  // namespace models

Sequential::Sequential() : Sequential(std::vector<SequentialItem>{}) {}

Sequential::Sequential(std::vector<SequentialItem> items, SequentialOptions options)
    : Model(std::make_shared<models::SequentialImpl>(std::move(options))) {
  for (const auto& item : items) add(item);
}

Sequential::Sequential(std::initializer_list<SequentialItem> items, SequentialOptions options)
    : Sequential(std::vector<SequentialItem>(items), std::move(options)) {}

void Sequential::add(SequentialItem item) { sequential().add(item); }
void Sequential::pop() { sequential().pop(); }
models::SequentialImpl& Sequential::sequential() const { return static_cast<models::SequentialImpl&>(*impl_); }

}  // namespace keraslike

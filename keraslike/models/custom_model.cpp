#include "keraslike/models/custom_model.h"

#include <algorithm>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include "keraslike/layers/device_of.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/naming.h"

namespace keraslike::models {

namespace {

std::vector<Shape> shapes_in(const layers::Call<layers::TensorSpec>& call) {
  std::vector<Shape> shapes;
  for (const auto& spec : call.inputs()) shapes.push_back(spec.shape);
  return shapes;
}

// One alone is no list.
layers::Call<layers::Value> call_of(const layers::Values& inputs) {
  return inputs.size() == 1 ? layers::Call<layers::Value>(inputs.front()) : layers::Call<layers::Value>(inputs);
}

layers::Call<layers::TensorSpec> call_of(const std::vector<Shape>& inputs) {
  if (inputs.size() == 1) return layers::TensorSpec{inputs.front()};
  std::vector<layers::TensorSpec> specs;
  for (const Shape& input : inputs) specs.push_back({input});
  return layers::Call<layers::TensorSpec>(std::move(specs));
}

// Keras goes through the attributes in alphabetical order, private ones last, and one of them is `layers`: what comes
// behind it has been saved there by then, under its class' name and a number.
std::string place_in_files(const std::string& attribute, const Layer& layer,
                           const std::vector<std::pair<std::string, Layer>>& before) {
  if (attribute < "layers" && !attribute.starts_with('_')) return attribute;
  const std::string class_name = layer->own_class_name();
  const auto number = std::count_if(before.begin(), before.end(), [&](const auto& part) {
    return part.second->own_class_name() == class_name;
  });
  const std::string name = "layers/" + utils::to_snake_case(class_name);
  return number == 0 ? name : fmt::format("{}_{}", name, number);
}

}  // namespace

void CustomModelImpl::add_part(const std::string& attribute, const Layer& layer) {
  for (const auto& [taken, other] : parts_) {
    if (taken == attribute || other.name() == layer.name()) {
      throw ValueError("Model '{}' already has a layer '{}' in '{}': '{}' needs another name.", name(), other.name(),
                       taken, attribute);
    }
  }
  parts_.emplace_back(place_in_files(attribute, layer, parts_), layer);
  register_module(module_name(layer.name()), layer.impl());
}

at::Tensor CustomModelImpl::call(const at::Tensor&, const layers::CallOptions&) {
  throw ValueError("Model '{}' (of type {}) has neither `call` nor `call_several`: one of them says what it computes.",
                   name(), class_name());
}

Shape CustomModelImpl::output_shape(const Shape&) const {
  throw ValueError("Model '{}' (of type {}) has neither `output_shape` nor `output_shapes`: one of them says what "
                   "comes out.", name(), class_name());
}

Tensors CustomModelImpl::call_several(const Tensors& inputs, const layers::CallOptions& options) {
  return {call(inputs.front(), options)};
}

std::vector<Shape> CustomModelImpl::output_shapes(const std::vector<Shape>& inputs) const {
  return {output_shape(inputs.front())};
}

void CustomModelImpl::run_on_zeros(const std::vector<Shape>& inputs) {
  move_to_configured_device();
  const at::TensorOptions options = at::TensorOptions(at::kFloat).device(layers::device_of(*this));
  Tensors zeros;
  for (const Shape& input : inputs) {
    Shape row = input.without_batch().with_batch(1);
    for (int64_t& size : row) size = size < 0 ? 1 : size;
    zeros.push_back(at::zeros(std::vector<int64_t>(row.begin(), row.end()), options));
  }
  const at::NoGradGuard no_grad;
  call_several(zeros, {.training = false});
  take_losses();
}

void CustomModelImpl::build(const Shape& input_shape) { run_on_zeros({input_shape}); }

void CustomModelImpl::check_call(const layers::Call<layers::TensorSpec>& call) const {
  const size_t expected = input_names().size();
  const size_t came = call.inputs().size();
  if (came == expected) return;
  throw ValueError("Model '{}' (of type {}) expects {} input(s), as many as `input_names` gives, but it received {}.",
                   name(), class_name(), expected, came);
}

void CustomModelImpl::build_call(const layers::Call<layers::TensorSpec>& call) {
  const std::vector<Shape> inputs = shapes_in(call);
  if (inputs.size() == 1) return build(inputs.front());
  run_on_zeros(inputs);
  built_shapes_ = inputs;
}

std::vector<layers::TensorSpec> CustomModelImpl::output_specs(const layers::Call<layers::TensorSpec>& call) const {
  std::vector<layers::TensorSpec> specs;
  for (Shape& shape : output_shapes(shapes_in(call))) specs.push_back({std::move(shape)});
  return specs;
}

layers::Values CustomModelImpl::call_all(const layers::Call<layers::Value>& call, const layers::CallOptions& options) {
  if (input_names().size() == 1 && output_names().size() == 1) return ModelImpl::call_all(call, options);
  Tensors outputs = call_several(training::tensors_in(call.inputs()), options);
  if (outputs.size() != output_names().size()) {
    throw ValueError("Model '{}' (of type {}) gives {} output(s), but `output_names` has {}.", name(), class_name(),
                     outputs.size(), output_names().size());
  }
  layers::Values values;
  for (at::Tensor& output : outputs) values.push_back({std::move(output)});
  return values;
}

saving::BuiltForShapes::NamedShapes CustomModelImpl::built_for() const {
  NamedShapes shapes;
  const auto names = input_names();
  for (size_t i = 0; i < built_shapes_.size(); ++i) shapes.emplace_back(names[i], built_shapes_[i]);
  return shapes;
}

// A dict of a file may have another order than the model.
void CustomModelImpl::build_for(const NamedShapes& shapes) {
  const auto names = input_names();
  if (shapes.size() != names.size()) return;
  std::vector<Shape> inputs;
  for (size_t i = 0; i < names.size(); ++i) {
    const auto named = std::find_if(shapes.begin(), shapes.end(), [&](const auto& shape) {
      return shape.first == names[i];
    });
    inputs.push_back(names[i].empty() || named == shapes.end() ? shapes[i].second : named->second);
  }
  ensure_network_built(inputs);
}

void CustomModelImpl::ensure_network_built(const std::vector<Shape>& inputs) { ensure_built(call_of(inputs)); }

training::StepLogs CustomModelImpl::train_step(training::BatchStep& step) {
  step.train();
  return step.results();
}

training::StepLogs CustomModelImpl::test_step(training::BatchStep& step) {
  step.test();
  return step.results();
}

std::vector<Layer> CustomModelImpl::layers() const {
  std::vector<Layer> layers;
  for (const auto& [attribute, layer] : parts_) layers.push_back(layer);
  return layers;
}

// Their shapes are up to the user's code.
std::vector<training::InputSpec> CustomModelImpl::declared_inputs() const {
  const auto names = input_names();
  std::vector<training::InputSpec> specs;
  for (const auto& name : names) specs.push_back({name, {}});
  return names.size() == 1 ? std::vector<training::InputSpec>() : specs;
}

std::optional<Shape> CustomModelImpl::known_input_shape() const {
  if (!built() || !built_shapes_.empty()) return std::nullopt;
  return built_shape_.without_batch().with_batch();
}

// What happens between the layers is the user's code: only the result is known.
std::vector<std::pair<Layer, at::Tensor>> CustomModelImpl::trace(const Tensors& x) {
  const Layer self(std::dynamic_pointer_cast<LayerImpl>(shared_from_this()));
  std::vector<std::pair<Layer, at::Tensor>> traced;
  for (const auto& output : forward(x, {.training = false})) traced.emplace_back(self, output.tensor);
  take_losses();
  return traced;
}

layers::Values CustomModelImpl::forward(const Tensors& inputs, const layers::CallOptions& options) {
  layers::Values values;
  for (const at::Tensor& input : inputs) values.push_back({input});
  return run_all(call_of(values), options);
}

}  // namespace keraslike::models

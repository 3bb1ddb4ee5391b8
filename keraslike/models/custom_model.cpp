#include "keraslike/models/custom_model.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>

#include "keraslike/utils/errors.h"

namespace keraslike::models {

void CustomModelImpl::add_part(const std::string& attribute, const Layer& layer) {
  for (const auto& [taken, other] : parts_) {
    if (taken == attribute || other.name() == layer.name()) {
      throw ValueError("Model '{}' already has a layer '{}' in '{}': '{}' needs another name.", name(), other.name(),
                       taken, attribute);
    }
  }
  parts_.emplace_back(attribute, layer);
  register_module(module_name(layer.name()), layer.impl());
}

void CustomModelImpl::build(const Shape& input_shape) {
  Shape row = input_shape.without_batch().with_batch(1);
  for (int64_t& size : row) {
    if (size < 0) size = 1;
  }
  const at::NoGradGuard no_grad;
  call(at::zeros(std::vector<int64_t>(row.begin(), row.end()), at::kFloat), {.training = false});
  take_losses();
}

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

std::optional<Shape> CustomModelImpl::known_input_shape() const {
  return built() ? std::optional<Shape>(built_shape_.without_batch().with_batch()) : std::nullopt;
}

// What happens between the layers is the user's code: only the result is known.
std::vector<std::pair<Layer, at::Tensor>> CustomModelImpl::trace(const training::Tensors& x) {
  const at::Tensor output = forward(x, {.training = false}).front().tensor;
  take_losses();
  return {{Layer(std::dynamic_pointer_cast<LayerImpl>(shared_from_this())), output}};
}

layers::Values CustomModelImpl::forward(const training::Tensors& inputs, const layers::CallOptions& options) {
  return run_all(layers::Value{inputs.front()}, options);
}

std::vector<Shape> CustomModelImpl::output_shapes(const std::vector<Shape>& inputs) const {
  return {checked_output_shape(inputs.front())};
}

}  // namespace keraslike::models

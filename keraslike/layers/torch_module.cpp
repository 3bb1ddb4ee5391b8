#include "keraslike/layers/torch_module.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>

#include "keraslike/layers/training_mode.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::layers {

TorchModuleImpl::TorchModuleImpl(std::shared_ptr<torch::nn::Module> module, Forward forward, TorchModuleOptions options)
    : LayerImpl(layer_arguments(options)), module_(std::move(module)), forward_(std::move(forward)),
      output_shape_(std::move(options.output_shape)) {
  if (!module_) throw ValueError("Layer '{}' expects a LibTorch module. Received an empty pointer.", name());
  if (compute_dtype() != variable_dtype()) {
    throw ValueError("Layer '{}' holds a LibTorch module, whose weights can not be cast at each call: say "
                     "`.dtype = \"float32\"`, for example. Received: dtype='{}'", name(), dtype_policy().name());
  }
  if (compute_dtype() != DType::Float32) module_->to(utils::scalar_type(compute_dtype()));
  register_module("module", module_);
}

void TorchModuleImpl::add_existing(const std::string& name, const at::Tensor& tensor, bool trainable) {
  auto weight = std::make_shared<Weight>();
  weight->name = name;
  weight->path = NameScope::path() + "/" + name;
  weight->tensor = tensor;
  weight->shape = Shape(tensor.sizes().begin(), tensor.sizes().end());
  weight->trainable = trainable;
  share_weight(std::move(weight));
}

void TorchModuleImpl::build(const Shape&) {
  for (const auto& parameter : module_->named_parameters()) {
    add_existing(parameter.key(), parameter.value(), parameter.value().requires_grad());
  }
  for (const auto& buffer : module_->named_buffers()) {
    if (buffer.value().defined()) add_existing(buffer.key(), buffer.value(), /*trainable=*/false);
  }
}

at::Tensor TorchModuleImpl::call(const at::Tensor& input, const CallOptions& options) {
  if (module_->is_training() != options.training) module_->train(options.training);
  return forward_(input);
}

// Open axes are of this size.
Shape TorchModuleImpl::shape_after(const Shape& input_shape, int64_t open) const {
  std::vector<int64_t> sizes(input_shape.begin(), input_shape.end());
  for (int64_t& size : sizes) size = size < 0 ? open : size;
  const at::NoGradGuard no_grad;
  const TrainingMode mode(*module_, false);
  try {
    const at::Tensor output = forward_(at::zeros(sizes, utils::scalar_type(compute_dtype())));
    return Shape(output.sizes().begin(), output.sizes().end());
  } catch (const c10::Error& error) {
    throw ValueError("Layer '{}' (of type {}) can not run its module on an input of shape {}: {}", name(), class_name(),
                     input_shape, reason_of(error));
  }
}

// Axes that grow with the open ones are open.
Shape TorchModuleImpl::output_shape(const Shape& input_shape) const {
  if (output_shape_) return output_shape_(input_shape);
  constexpr int64_t kOpen = 16;
  const Shape input = input_shape.without_batch().with_batch();
  Shape shape = shape_after(input, kOpen);
  const Shape larger = shape_after(input, kOpen + 1);
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] != larger.at(axis)) shape[axis] = -1;
  }
  return shape;
}

}  // namespace keraslike::layers

#include "keraslike/layers/torch_module.h"

#include <typeinfo>

#include "keraslike/layers/families.h"
#include "keraslike/layers/training_mode.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike {

namespace layers {

TorchModuleImpl::TorchModuleImpl(std::shared_ptr<torch::nn::Module> module, Forward forward, TorchModuleOptions options)
    : LayerImpl(layer_arguments(options)), output_shape_(std::move(options.output_shape)) {
  hold(std::move(module), std::move(forward));
}

void TorchModuleImpl::hold(std::shared_ptr<torch::nn::Module> module, Forward forward) {
  if (!module) throw ValueError("Layer '{}' expects a LibTorch module. Received an empty pointer.", name());
  if (compute_dtype() != variable_dtype()) {
    throw ValueError("Layer '{}' holds a LibTorch module, whose weights can not be cast at each call: say "
                     "`.dtype = \"float32\"`, for example. Received: dtype='{}'", name(), dtype_policy().name());
  }
  if (compute_dtype() != DType::Float32) module->to(utils::scalar_type(compute_dtype()));
  module_ = register_module("module", std::move(module));
  forward_ = std::move(forward);
}

// A class of the user's own is made again by its constructor, this one is not.
void TorchModuleImpl::fields(Fields& field) {
  if (!field.is_reading() && typeid(*this) == typeid(TorchModuleImpl)) {
    throw ValueError("Layer '{}' holds a module of LibTorch's that no file could make again. Register what makes it, "
                     "`register_function<layers::ModuleFactory>(\"my_package\", \"my_module\", function)`, and give "
                     "the layer that name: `layers::TorchModule(\"my_module\")`.", name());
  }
  LayerImpl::fields(field);
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

Shape TorchModuleImpl::output_shape(const Shape& input_shape) const {
  if (output_shape_) return output_shape_(input_shape);
  const auto run = [this](const Trial::Tensors& inputs) {
    const TrainingMode mode(*module_, false);
    return Trial::Tensors{forward_(inputs.front())};
  };
  return trial_(*this, {{input_shape, compute_dtype()}}, run).front().shape;
}

namespace {

class FactoryModuleImpl final : public TorchModuleImpl {
 public:
  FactoryModuleImpl() = default;
  FactoryModuleImpl(const ModuleFactory& factory, const ModuleFactoryImpl::Made& made, TorchModuleOptions options)
      : TorchModuleImpl(made.module, made.forward, std::move(options)), factory_(factory) {}

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("module", factory_);
    if (!field.is_reading()) return;
    if (factory_.is_none()) throw ValueError("TorchModule expects the name of a ModuleFactory. Received: none");
    auto made = factory_.resolve()->made();
    hold(std::move(made.module), std::move(made.forward));
  }

 private:
  NameOr<ModuleFactory> factory_ = none;
};

}  // namespace

void ModuleFactoryImpl::fields(Fields&) {
  throw ValueError("What makes the module of a TorchModule is saved by its name, and this has none. Register it once: "
                   "`register_function<layers::ModuleFactory>(\"my_package\", \"my_module\", function)`.");
}

TorchModule::TorchModule(const ModuleFactory& factory, TorchModuleOptions options)
    : Layer(std::make_shared<FactoryModuleImpl>(factory, factory->made(), std::move(options))) {}
TorchModule::TorchModule(const std::string& factory, TorchModuleOptions options)
    : TorchModule(NameOr<ModuleFactory>(factory).get(), std::move(options)) {}
TorchModule::TorchModule(const char* factory, TorchModuleOptions options)
    : TorchModule(std::string(factory), std::move(options)) {}

void register_torch_module(Registry<LayerImpl>& layers) {
  const std::string name = "keraslike>TorchModule";
  layers.add_unlisted<FactoryModuleImpl>(name, {"keraslike", "TorchModule", name});
}

}  // namespace layers

template <>
Registry<layers::ModuleFactoryImpl>& registry() {
  static Registry<layers::ModuleFactoryImpl> instance("module factory", "builtins", ConfigForm::object);
  return instance;
}

}  // namespace keraslike

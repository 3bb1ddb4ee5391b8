#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "keraslike/layers/layer_impl.h"
#include "keraslike/layers/trial.h"
#include "keraslike/saving/named_function.h"

namespace keraslike {

namespace layers {

struct TorchModuleOptions {
  // The output's shape for an input's, both with the batch axis; by default the module is run on zeros to find out.
  std::function<Shape(const Shape&)> output_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Any torch::nn::Module whose `forward` takes one tensor and gives one, as a layer: its parameters train, its
// buffers are kept, and it follows the model between training and inference.
class TorchModuleImpl : public LayerImpl {
 public:
  using Forward = std::function<at::Tensor(const at::Tensor&)>;

  TorchModuleImpl(std::shared_ptr<torch::nn::Module> module, Forward forward, TorchModuleOptions options);

  // Of a class of the user's own that makes its module in its constructor.
  template <class Module>
  explicit TorchModuleImpl(std::shared_ptr<Module> module, TorchModuleOptions options = {})
      : TorchModuleImpl(module, forward_of(module), std::move(options)) {}

  void fields(Fields& field) override;
  void build(const Shape& input_shape) override;
  at::Tensor call(const at::Tensor& input, const CallOptions& options) override;
  Shape output_shape(const Shape& input_shape) const override;

  template <class Module>
  static Forward forward_of(const std::shared_ptr<Module>& module) {
    return [module](const at::Tensor& input) { return module->forward(input); };
  }

 protected:
  // For those that read from a file what makes the module.
  TorchModuleImpl() = default;
  void hold(std::shared_ptr<torch::nn::Module> module, Forward forward);

 private:
  void add_existing(const std::string& name, const at::Tensor& tensor, bool trainable);

  std::shared_ptr<torch::nn::Module> module_;
  Forward forward_;
  std::function<Shape(const Shape&)> output_shape_;
  mutable Trial trial_;
};

class ModuleFactoryImpl;

// What makes a module: a function without arguments that gives one of LibTorch's holders or a `std::shared_ptr`. Under
// the name that `register_function<layers::ModuleFactory>("my_package", "encoder", function)` gives it, files know it.
class ModuleFactory : public Handle<ModuleFactoryImpl> {
 public:
  using Handle::Handle;

  template <class F>
    requires(!std::is_base_of_v<ModuleFactory, F> && std::is_invocable_v<const F&>)
  ModuleFactory(F make);  // NOLINT: implicit by design
};

class ModuleFactoryImpl final : public saving::Configured, public saving::NamedFunction {
 public:
  struct Made {
    std::shared_ptr<torch::nn::Module> module;
    TorchModuleImpl::Forward forward;
  };

  explicit ModuleFactoryImpl(std::function<Made()> make) : make_(std::move(make)) {}

  void fields(Fields& field) override;
  Made made() const { return make_(); }

 private:
  std::function<Made()> make_;
};

template <class F>
  requires(!std::is_base_of_v<ModuleFactory, F> && std::is_invocable_v<const F&>)
ModuleFactory::ModuleFactory(F make)
    : Handle(std::make_shared<ModuleFactoryImpl>([make = std::move(make)] {
        const auto made = make();
        if constexpr (requires { made.ptr(); }) {
          return ModuleFactoryImpl::Made{made.ptr(), TorchModuleImpl::forward_of(made.ptr())};
        } else {
          return ModuleFactoryImpl::Made{made, TorchModuleImpl::forward_of(made)};
        }
      })) {}

// A LibTorch module as a layer: `layers::TorchModule(torch::nn::Linear(3, 4))`, or a `std::shared_ptr` to a class of
// your own. What it computes is the module's affair: images are channels first there, and weights are stored and initialized
// as the module does it.
//
// Files hold the weights, but no file makes such a module again. For models that are to be saved whole give the layer
// the name of a registered ModuleFactory: `layers::TorchModule("encoder")`. A class of your own that derives from
// `TorchModuleImpl` and is registered will do too.
class TorchModule : public Layer {
 public:
  template <class Module>
  explicit TorchModule(std::shared_ptr<Module> module, TorchModuleOptions options = {})
      : Layer(std::make_shared<TorchModuleImpl>(std::move(module), std::move(options))) {}

  // One of LibTorch's holders.
  template <class Holder>
    requires requires(const Holder& holder) { holder.ptr(); }
  explicit TorchModule(const Holder& holder, TorchModuleOptions options = {})
      : TorchModule(holder.ptr(), std::move(options)) {}

  // The module that a factory makes, by its name or as `register_function` gave it back.
  explicit TorchModule(const char* factory, TorchModuleOptions options = {});
  explicit TorchModule(const std::string& factory, TorchModuleOptions options = {});
  explicit TorchModule(const ModuleFactory& factory, TorchModuleOptions options = {});
};

}  // namespace layers

template <>
Registry<layers::ModuleFactoryImpl>& registry();

}  // namespace keraslike

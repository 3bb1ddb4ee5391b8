#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "keraslike/layers/layer_impl.h"

namespace keraslike::layers {

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

  // Of a class of the user's own that makes its module, and so can be read from files.
  template <class Module>
  explicit TorchModuleImpl(std::shared_ptr<Module> module, TorchModuleOptions options = {})
      : TorchModuleImpl(module, forward_of(module), std::move(options)) {}

  void build(const Shape& input_shape) override;
  at::Tensor call(const at::Tensor& input, const CallOptions& options) override;
  Shape output_shape(const Shape& input_shape) const override;

  template <class Module>
  static Forward forward_of(const std::shared_ptr<Module>& module) {
    return [module](const at::Tensor& input) { return module->forward(input); };
  }

 private:
  Shape shape_after(const Shape& input_shape, int64_t open) const;
  void add_existing(const std::string& name, const at::Tensor& tensor, bool trainable);

  std::shared_ptr<torch::nn::Module> module_;
  Forward forward_;
  std::function<Shape(const Shape&)> output_shape_;
};

// A LibTorch module as a layer: `layers::TorchModule(torch::nn::Linear(3, 4))`, or a `std::shared_ptr` to a class of your
// own. What it computes is the module's affair: images are channels first there, and weights are stored and initialized
// as the module does it.
//
// Files hold the weights but can not make the module again. For models that are to be saved whole derive a class from
// `TorchModuleImpl` whose constructor makes the module, and register it, as samples/15_your_own_model.cpp does.
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
};

}  // namespace keraslike::layers

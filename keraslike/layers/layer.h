#pragma once

#include <memory>
#include <string>
#include <vector>

#include "keraslike/layers/keras_tensor.h"
#include "keraslike/utils/dtype_policy.h"
#include "keraslike/utils/handle.h"
#include "keraslike/utils/name_or.h"
#include "keraslike/utils/shape.h"
#include "keraslike/utils/tensor_fwd.h"

namespace keraslike {

class Array;

namespace layers {

class LayerImpl;

// How a layer is called. `training` switches dropout on and lets batch normalization use and record batch statistics.
struct CallOptions {
  bool training = false;
  const at::Tensor* mask = nullptr;  // (batch, steps), true where a step counts; of an input that has one
};

// One step of a model: weights and a rule that turns an input into an output. A cheap copy shares both, as in Python.
// Weights come into being at the first call, or at `build`, when the input's shape is known.
class Layer : public Handle<LayerImpl> {
 public:
  explicit Layer(std::shared_ptr<LayerImpl> impl);

  // A layer of the user's own class, which derives from `LayerImpl`: `Layer::of<MyLayerImpl>(arguments...)`.
  template <class MyImpl, class... Args>
  static Layer of(Args&&... args) {
    return Layer(std::make_shared<MyImpl>(std::forward<Args>(args)...));
  }

  const std::string& name() const;
  std::string class_name() const;

  // Makes the weights for inputs of this shape (with the batch axis, which may be `none`). Once; later calls do
  // nothing.
  void build(const Shape& input_shape) const;
  bool built() const;

  // The output's shape for an input's, both with the batch axis. Throws ValueError where the input does not fit.
  Shape compute_output_shape(const Shape& input_shape) const;

  // Calls the layer on tensors of a graph, as the functional API does: `auto h = Dense(8)(input);`. Several tensors are
  // a list: `Add()({a, b})`.
  KerasTensors operator()(const KerasTensors& inputs, CallArguments arguments = {}) const;

  // Runs the layer on a tensor, building it first where needed. Gradients flow through.
  at::Tensor operator()(const at::Tensor& input, CallOptions options = {}) const;

  // Copies of all weights in Keras' order and shapes; and the way back. `set_weights` refuses a wrong count or shape.
  std::vector<Array> get_weights() const;
  void set_weights(const std::vector<Array>& weights) const;

  // Number of values in all weights. The layer must be built.
  int64_t count_params() const;

  // A layer that is not trainable keeps its weights during `fit`; batch normalization then uses its moving statistics.
  bool trainable() const;
  void set_trainable(bool trainable) const;

  // What the layer computes in, and what its weights are kept in.
  const DTypePolicy& dtype_policy() const;
  DType compute_dtype() const;
  DType variable_dtype() const;

  // The constructor's arguments as Keras' JSON.
  std::string get_config() const;

  // The LibTorch module that this layer is. Include keraslike/torch.h to use it.
  torch::nn::Module& module() const;
};

}  // namespace layers

using layers::CallOptions;
using layers::Layer;

template <>
Registry<layers::LayerImpl>& registry();

}  // namespace keraslike

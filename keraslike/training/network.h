#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "keraslike/layers/layer_impl.h"
#include "keraslike/utils/shape.h"

namespace keraslike::training {

using Tensors = std::vector<at::Tensor>;

// What a model says of one of its inputs; the shape is empty where any will do.
struct InputSpec {
  std::string name;
  layers::TensorSpec spec;
  bool is_text = false;
};

class OwnSteps;

// What training needs of a model: its graph as a function from inputs to outputs, and its weights.
class Network {
 public:
  virtual ~Network() = default;

  // The weights, penalties and the `trainable` flag.
  virtual layers::LayerImpl& root() = 0;
  const layers::LayerImpl& root() const { return const_cast<Network*>(this)->root(); }

  virtual layers::Values forward(const Tensors& inputs, const layers::CallOptions& options) = 0;

  // Of models that decide for themselves what happens with a batch; else null.
  virtual OwnSteps* own_steps() { return nullptr; }
  const OwnSteps* own_steps() const { return const_cast<Network*>(this)->own_steps(); }

  // One per input, as the model was declared; empty where data decide.
  virtual std::vector<InputSpec> declared_inputs() const = 0;

  // Output shapes for these input shapes, without building anything. Throws ValueError where they do not fit.
  virtual std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const = 0;
  virtual std::vector<std::string> output_names() const = 0;

  // Makes the weights that are not there yet.
  virtual void ensure_network_built(const std::vector<Shape>& inputs) = 0;
};

// Without their masks.
inline Tensors tensors_in(const layers::Values& values) {
  Tensors tensors;
  for (const auto& value : values) tensors.push_back(value.tensor);
  return tensors;
}

}  // namespace keraslike::training

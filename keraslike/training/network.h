#pragma once

// For sources.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "keraslike/layers/layer_impl.h"
#include "keraslike/utils/shape.h"

namespace keraslike::training {

using Tensors = std::vector<at::Tensor>;

// The calls of layers that make a model's outputs, in an order in which they can run. Tensors are numbered.
struct Graph {
  struct Node {
    std::shared_ptr<layers::LayerImpl> layer;
    std::vector<size_t> inputs;
    std::vector<size_t> outputs;
  };

  size_t tensors = 0;
  std::vector<size_t> inputs;
  std::vector<size_t> outputs;
  std::vector<Node> nodes;
};

// What training needs of a model: its graph as a function from inputs to outputs, and its weights.
class Network {
 public:
  virtual ~Network() = default;

  // The weights, penalties and the `trainable` flag.
  virtual layers::LayerImpl& root() = 0;
  const layers::LayerImpl& root() const { return const_cast<Network*>(this)->root(); }

  virtual Tensors forward(const Tensors& inputs, const layers::CallOptions& options) = 0;

  // For a planned step. Empty where the model is not such a graph: it then runs on autograd.
  virtual std::optional<Graph> graph() const { return std::nullopt; }

  // One per input: the shape with the batch axis that the model was declared with; empty where data decide.
  virtual std::vector<Shape> declared_inputs() const = 0;

  // Output shapes for these input shapes, without building anything. Throws ValueError where they do not fit.
  virtual std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const = 0;
  virtual std::vector<std::string> output_names() const = 0;

  // Makes the weights that are not there yet.
  virtual void ensure_network_built(const std::vector<Shape>& inputs) = 0;
};

}  // namespace keraslike::training

#pragma once

// For sources.

#include <memory>
#include <string>
#include <vector>

#include "keraslike/layers/call.h"
#include "keraslike/layers/keras_tensor.h"
#include "keraslike/layers/layer.h"

namespace keraslike::layers {

// One call of a layer in a graph. Tensors know the node that makes them, and a node the tensors that it takes.
struct Node {
  Layer layer;
  Call<KerasTensor> call;
  std::vector<TensorSpec> outputs;
  int64_t number;  // counts the calls of the layer, from 0

  bool is_input() const { return call.arguments.empty(); }
};

using NodePtr = std::shared_ptr<const Node>;

class KerasTensorImpl {
 public:
  KerasTensorImpl(NodePtr node, size_t index) : node_(std::move(node)), index_(index) {}

  const NodePtr& node() const { return node_; }
  size_t index() const { return index_; }  // among the outputs of its node
  const TensorSpec& spec() const { return node_->outputs[index_]; }

 private:
  NodePtr node_;
  size_t index_;
};

KerasTensor output_of(const NodePtr& node, size_t index);
KerasTensors outputs_of(const NodePtr& node);

// Calls a layer on symbolic tensors: puts arguments without a name under the layer's own, checks them, builds what is not
// built, and records the call. Throws ValueError for an argument that the layer does not have.
KerasTensors call_symbolically(const Layer& layer, Call<KerasTensor> call);
KerasTensors call_symbolically(const Layer& layer, const std::vector<KerasTensors>& positional,
                               const CallArguments& arguments);

// The tensor where data enter.
KerasTensor input_tensor(const Layer& input_layer, TensorSpec spec);

}  // namespace keraslike::layers

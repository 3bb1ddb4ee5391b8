#pragma once

// For sources.

#include <cstddef>
#include <utility>
#include <vector>

#include "keraslike/layers/keras_tensor.h"
#include "keraslike/layers/layer.h"
#include "keraslike/layers/node.h"

namespace keraslike::models {

// The calls between inputs and outputs of a model, in Keras' order, on which summaries and files of weights depend
// (keras/src/ops/function.py).
struct Graph {
  std::vector<Layer> operations;       // furthest from the outputs first, then as met on the way back from the outputs
  std::vector<layers::NodePtr> nodes;  // in the order of execution; inputs are among them
};

// Which tensor it is: the output of a node. Copies of a KerasTensor have the same.
using TensorKey = std::pair<const layers::Node*, size_t>;
TensorKey key_of(const KerasTensor& tensor);

// Throws ValueError where outputs do not come from the inputs, or two operations have the same name.
Graph map_graph(const KerasTensors& inputs, const KerasTensors& outputs);

// The same graph with an `Input` in the place of each input that a layer makes: a part of a model, cut out.
std::pair<KerasTensors, KerasTensors> cut_graph(const KerasTensors& inputs, const KerasTensors& outputs);

}  // namespace keraslike::models

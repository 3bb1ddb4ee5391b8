#pragma once

// For sources.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "keraslike/models/graph.h"
#include "keraslike/saving/json.h"

namespace keraslike::models {

// Keras numbers the calls of a nested graph from 1 where a model names its own inputs and outputs: before these there
// was once the call that the nested graph is made of.
int64_t first_number(const Layer& layer);

// A graph as Keras writes it: each layer with the calls of it that belong to the model, and which tensors they take
// (keras/src/models/functional.py).
class GraphWriter {
 public:
  explicit GraphWriter(const Graph& graph);

  saving::Json inbound_nodes(const Layer& layer) const;

  // How a model names its own inputs and outputs.
  saving::Json ends(const KerasTensors& tensors) const;

 private:
  using SymbolicArgument = layers::Argument<KerasTensor>;

  int64_t number_of(const layers::NodePtr& node) const;
  saving::Json end(const KerasTensor& tensor) const;
  saving::Json call(const layers::Node& node) const;
  saving::Json argument(const SymbolicArgument& value) const;
  saving::Json json_of(None) const;
  saving::Json json_of(bool value) const;
  saving::Json json_of(int64_t value) const;
  saving::Json json_of(double value) const;
  saving::Json json_of(const std::string& value) const;
  saving::Json json_of(Ellipsis) const;
  saving::Json json_of(const Slice& slice) const;
  saving::Json json_of(const ConstantArray& array) const;
  saving::Json json_of(const KerasTensor& tensor) const;
  saving::Json json_of(const SymbolicArgument::List& list) const;
  saving::Json json_of(const SymbolicArgument::Dict& dict) const;

  std::map<const layers::LayerImpl*, std::vector<layers::NodePtr>> calls_;
};

}  // namespace keraslike::models

#pragma once

// For sources.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "keraslike/layers/keras_tensor.h"
#include "keraslike/layers/layer.h"
#include "keraslike/saving/json.h"

namespace keraslike::models {

// A layer of a graph in a file, with the calls of it.
struct GraphEntry {
  NameOr<Layer> layer = none;
  std::string name = {};
  std::string inbound_nodes = {};
};

// Makes the calls that a file tells of, each as soon as the tensors that it takes are there
// (keras/src/models/functional.py). Throws ValueError for what is no graph.
class GraphReader {
 public:
  explicit GraphReader(const std::vector<GraphEntry>& entries);

  void make_calls();

  // The model's own inputs or outputs.
  KerasTensors ends(const saving::Json& json, const char* key) const;

 private:
  using SymbolicArgument = layers::Argument<KerasTensor>;

  struct Called {
    Layer layer;
    std::vector<KerasTensors> outputs = {};  // of each call
    saving::Json waiting = saving::Json::array();
    size_t next = 0;
  };

  KerasTensor end(const saving::Json& json) const;
  KerasTensor tensor(const saving::Json& history, int64_t first_number) const;
  bool call(Called& called) const;
  layers::Call<KerasTensor> call_of(const saving::Json& node) const;
  layers::Call<KerasTensor> old_call_of(const saving::Json& node) const;
  SymbolicArgument argument(const saving::Json& json) const;
  SymbolicArgument list(const saving::Json& json) const;
  SymbolicArgument wrapped(const saving::Json& json) const;
  [[noreturn]] void refuse() const;

  std::vector<std::string> order_;
  std::map<std::string, Called> called_;
};

}  // namespace keraslike::models

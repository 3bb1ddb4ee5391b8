#include "keraslike/models/graph.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "keraslike/layers/input.h"
#include "keraslike/layers/layer_impl.h"
#include "keraslike/utils/errors.h"

namespace keraslike::models {

namespace {

using layers::Node;
using layers::NodePtr;

std::vector<KerasTensor> inputs_of(const Node& node) { return node.call.tensors(); }

bool contains(const KerasTensors& tensors, const KerasTensor& tensor) {
  return std::any_of(tensors.begin(), tensors.end(),
                     [&](const KerasTensor& other) { return key_of(other) == key_of(tensor); });
}

// Goes from the outputs back to the inputs, and remembers where it has been.
class Walk {
 public:
  explicit Walk(const KerasTensors& inputs) : inputs_(inputs) {}

  void visit(const KerasTensor& tensor) {
    const NodePtr& node = tensor.impl()->node();
    if (finished_.count(node.get()) > 0) return;
    if (!node->is_input() && contains(inputs_, tensor)) {
      finished_.insert(node.get());
      return;
    }
    indices_.emplace(node->layer.impl().get(), static_cast<int64_t>(indices_.size()));
    for (const KerasTensor& input : inputs_of(*node)) visit(input);
    finished_.insert(node.get());
    nodes.push_back(node);
  }

  int64_t index(const Layer& layer) const {
    const auto found = indices_.find(layer.impl().get());
    return found == indices_.end() ? -1 : found->second;  // an input that nothing uses
  }

  std::vector<NodePtr> nodes;  // inputs before what is made of them

 private:
  const KerasTensors& inputs_;
  std::set<const Node*> finished_;
  std::map<const layers::LayerImpl*, int64_t> indices_;
};

// How many calls lie between a node, or a layer in any of its calls, and the outputs.
class Depths {
 public:
  explicit Depths(const std::vector<NodePtr>& nodes) {
    const std::set<NodePtr> inside(nodes.begin(), nodes.end());
    for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
      const int64_t depth = std::max(of(*node), of_layer((*node)->layer));
      set_layer((*node)->layer, depth);
      of(*node) = depth;
      for (const KerasTensor& input : inputs_of(**node)) {
        const NodePtr& parent = input.impl()->node();
        if (inside.count(parent) > 0) of(parent) = std::max(depth + 1, of(parent));
      }
    }
  }

  void add_unused(const NodePtr& node) {
    of(node) = 0;
    set_layer(node->layer, 0);
  }

  // In the order in which they were met, which decides between those of one depth.
  const std::vector<std::pair<NodePtr, int64_t>>& nodes() const { return nodes_; }
  const std::vector<std::pair<Layer, int64_t>>& layers() const { return layers_; }

 private:
  int64_t& of(const NodePtr& node) {
    const auto found = std::find_if(nodes_.begin(), nodes_.end(), [&](const auto& item) { return item.first == node; });
    return found == nodes_.end() ? nodes_.emplace_back(node, 0).second : found->second;
  }

  int64_t of_layer(const Layer& layer) const {
    const auto found = find(layer);
    return found == layers_.end() ? 0 : found->second;
  }

  void set_layer(const Layer& layer, int64_t depth) {
    const auto found = find(layer);
    if (found == layers_.end()) {
      layers_.emplace_back(layer, depth);
    } else {
      layers_[static_cast<size_t>(found - layers_.begin())].second = depth;
    }
  }

  std::vector<std::pair<Layer, int64_t>>::const_iterator find(const Layer& layer) const {
    return std::find_if(layers_.begin(), layers_.end(), [&](const auto& item) { return item.first == layer; });
  }

  std::vector<std::pair<NodePtr, int64_t>> nodes_;
  std::vector<std::pair<Layer, int64_t>> layers_;
};

void check_connected(const KerasTensors& inputs, const std::vector<NodePtr>& nodes) {
  std::set<TensorKey> known;
  std::vector<std::string> done;
  for (const KerasTensor& input : inputs) known.insert(key_of(input));
  for (const NodePtr& node : nodes) {
    for (const KerasTensor& input : inputs_of(*node)) {
      if (known.count(key_of(input)) > 0) continue;
      throw ValueError("Graph disconnected: cannot find parent for tensor '{}' of shape {} at operation '{}'. Is its "
                       "`Input` among the model's inputs? The following previous operations were accessed without "
                       "issue: [{}]", input.name(), input.shape(), node->layer.name(),
                       fmt::format("{}", fmt::join(done, ", ")).substr(0, 200));
    }
    done.push_back(node->layer.name());
    if (node->is_input() && !contains(inputs, layers::output_of(node, 0))) continue;
    for (size_t i = 0; i < node->outputs.size(); ++i) known.emplace(node.get(), i);
  }
}

void check_names(const std::vector<Layer>& operations) {
  std::map<std::string, int64_t> counts;
  for (const Layer& operation : operations) ++counts[operation.name()];
  for (const auto& [name, count] : counts) {
    if (count == 1) continue;
    throw ValueError("The name \"{}\" is used {} times in the model. All operation names should be unique.", name,
                     count);
  }
}

}  // namespace

TensorKey key_of(const KerasTensor& tensor) { return {tensor.impl()->node().get(), tensor.impl()->index()}; }

Graph map_graph(const KerasTensors& inputs, const KerasTensors& outputs) {
  Walk walk(inputs);
  for (const KerasTensor& output : outputs) walk.visit(output);
  Depths depths(walk.nodes);
  for (const KerasTensor& input : inputs) {
    const NodePtr& node = input.impl()->node();
    if (node->is_input() && walk.index(node->layer) < 0) depths.add_unused(node);
  }
  auto by_layer = depths.layers();
  std::stable_sort(by_layer.begin(), by_layer.end(), [&](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : walk.index(a.first) < walk.index(b.first);
  });
  auto by_node = depths.nodes();
  std::stable_sort(by_node.begin(), by_node.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  Graph graph;
  for (auto& [layer, depth] : by_layer) graph.operations.push_back(std::move(layer));
  for (auto& [node, depth] : by_node) graph.nodes.push_back(std::move(node));
  check_connected(inputs, graph.nodes);
  check_names(graph.operations);
  return graph;
}

std::pair<KerasTensors, KerasTensors> cut_graph(const KerasTensors& inputs, const KerasTensors& outputs) {
  std::map<TensorKey, KerasTensor> copies;
  KerasTensors new_inputs = inputs;
  for (KerasTensor& input : new_inputs) {
    const KerasTensor before = input;
    if (!before.impl()->node()->is_input()) {
      input = Input(before.shape().without_batch(), {.dtype = to_string(before.dtype()), .name = before.name() + "CLONE"});
    }
    copies.emplace(key_of(before), input);
  }
  Walk walk(inputs);
  for (const KerasTensor& output : outputs) walk.visit(output);
  const auto copy_of = [&](const KerasTensor& tensor) {
    const auto found = copies.find(key_of(tensor));
    return found == copies.end() ? tensor : found->second;
  };
  for (const NodePtr& node : walk.nodes) {
    if (node->is_input()) continue;
    auto copy = std::make_shared<const Node>(
        Node{node->layer, node->call.map<KerasTensor>(copy_of), node->outputs, node->layer->count_call()});
    for (size_t i = 0; i < node->outputs.size(); ++i) {
      copies.emplace(TensorKey{node.get(), i}, layers::output_of(copy, i));
    }
  }
  KerasTensors new_outputs = outputs;
  for (KerasTensor& output : new_outputs) output = copy_of(output);
  return {std::move(new_inputs), std::move(new_outputs)};
}

}  // namespace keraslike::models

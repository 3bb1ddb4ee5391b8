#include "keraslike/models/graph_writer.h"

#include <algorithm>

#include "keraslike/models/functional_impl.h"

namespace keraslike::models {

using layers::NodePtr;
using saving::Json;

namespace {

Json wrapped(const char* class_name, Json config) {
  return {{"class_name", class_name}, {"config", std::move(config)}};
}

Json number(double value, DType dtype) {
  if (dtype == DType::Bool) return value != 0.0;
  return is_floating(dtype) ? Json(value) : Json(static_cast<int64_t>(value));
}

Json nested(const ConstantArray& array, size_t axis, const double*& next) {
  if (axis == array.shape.size()) return number(*next++, array.dtype);
  Json list = Json::array();
  for (int64_t i = 0; i < array.shape[axis]; ++i) list.push_back(nested(array, axis + 1, next));
  return list;
}

}  // namespace

int64_t first_number(const Layer& layer) {
  return dynamic_cast<const FunctionalImpl*>(layer.impl().get()) == nullptr ? 0 : 1;
}

GraphWriter::GraphWriter(const Graph& graph) {
  for (const NodePtr& node : graph.nodes) calls_[node->layer.impl().get()].push_back(node);
  for (auto& [layer, nodes] : calls_) {
    std::sort(nodes.begin(), nodes.end(), [](const NodePtr& a, const NodePtr& b) { return a->number < b->number; });
  }
}

Json GraphWriter::inbound_nodes(const Layer& layer) const {
  Json nodes = Json::array();
  for (const NodePtr& node : calls_.at(layer.impl().get())) {
    if (!node->is_input()) nodes.push_back(call(*node));
  }
  return nodes;
}

Json GraphWriter::ends(const KerasTensors& tensors) const {
  if (tensors.structure() == KerasTensors::Structure::Single) return end(tensors.front());
  const bool is_dict = tensors.structure() == KerasTensors::Structure::Dict;
  Json list = is_dict ? Json::object() : Json::array();
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (is_dict) list[tensors.names()[i]] = end(tensors[i]);
    if (!is_dict) list.push_back(end(tensors[i]));
  }
  return list;
}

int64_t GraphWriter::number_of(const NodePtr& node) const {
  const auto& nodes = calls_.at(node->layer.impl().get());
  return std::find(nodes.begin(), nodes.end(), node) - nodes.begin();
}

Json GraphWriter::end(const KerasTensor& tensor) const {
  const NodePtr& node = tensor.impl()->node();
  return {node->layer.name(), number_of(node) + first_number(node->layer), tensor.impl()->index()};
}

Json GraphWriter::call(const layers::Node& node) const {
  Json args = Json::array();
  Json kwargs = Json::object();
  const auto& arguments = node.call.arguments;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (i < node.call.positional) args.push_back(argument(arguments[i].second));
    if (i >= node.call.positional) kwargs[arguments[i].first] = argument(arguments[i].second);
  }
  return {{"args", std::move(args)}, {"kwargs", std::move(kwargs)}};
}

Json GraphWriter::argument(const SymbolicArgument& value) const {
  return std::visit([&](const auto& held) { return json_of(held); }, value.value);
}

Json GraphWriter::json_of(None) const { return nullptr; }
Json GraphWriter::json_of(bool value) const { return value; }
Json GraphWriter::json_of(int64_t value) const { return value; }
Json GraphWriter::json_of(double value) const { return value; }
Json GraphWriter::json_of(const std::string& value) const { return value; }

Json GraphWriter::json_of(Ellipsis) const { return wrapped("__ellipsis__", Json::object()); }

Json GraphWriter::json_of(const Slice& slice) const {
  const auto number = [](const std::optional<int64_t>& value) { return value ? Json(*value) : Json(nullptr); };
  return wrapped("__slice__",
                 {{"start", number(slice.start)}, {"stop", number(slice.stop)}, {"step", number(slice.step)}});
}

Json GraphWriter::json_of(const ConstantArray& array) const {
  const double* next = array.values.data();
  return wrapped("__numpy__",
                 {{"value", nested(array, 0, next)}, {"dtype", to_string(array.dtype)}});
}

Json GraphWriter::json_of(const KerasTensor& tensor) const {
  Json shape = Json::array();
  for (const int64_t size : tensor.shape()) shape.push_back(size < 0 ? Json(nullptr) : Json(size));
  const NodePtr& node = tensor.impl()->node();
  return wrapped("__keras_tensor__",
                 {{"shape", std::move(shape)},
                  {"dtype", to_string(tensor.dtype())},
                  {"keras_history", {node->layer.name(), number_of(node), tensor.impl()->index()}}});
}

Json GraphWriter::json_of(const SymbolicArgument::List& list) const {
  Json items = Json::array();
  for (const auto& item : list) items.push_back(argument(item));
  return items;
}

Json GraphWriter::json_of(const SymbolicArgument::Dict& dict) const {
  Json items = Json::object();
  for (const auto& [key, item] : dict) items[key] = argument(item);
  return items;
}

}  // namespace keraslike::models

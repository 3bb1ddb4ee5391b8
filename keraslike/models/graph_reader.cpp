#include "keraslike/models/graph_reader.h"

#include "keraslike/layers/input_layer.h"
#include "keraslike/layers/node.h"
#include "keraslike/models/graph_writer.h"
#include "keraslike/utils/errors.h"

namespace keraslike::models {

using saving::Json;

namespace {

// The call that gives this tensor has not been made.
struct NotYet {};

bool is_end(const Json& json) {
  return json.is_array() && json.size() == 3 && json[0].is_string() && json[1].is_number_integer() &&
         json[2].is_number_integer();
}

// NumPy's nested lists; throws ValueError where they are of different lengths.
void read_numbers(const Json& json, size_t axis, ConstantArray& array) {
  if (axis == array.shape.size()) {
    if (!json.is_number() && !json.is_boolean()) throw ValueError("an array in the graph holds more than numbers.");
    return array.values.push_back(json.is_boolean() ? static_cast<double>(json.get<bool>()) : json.get<double>());
  }
  if (!json.is_array() || static_cast<int64_t>(json.size()) != array.shape[axis]) {
    throw ValueError("an array in the graph has rows of different lengths.");
  }
  for (const Json& item : json) read_numbers(item, axis + 1, array);
}

ConstantArray read_array(const Json& config) {
  const Json value = config.value("value", Json());
  ConstantArray array;
  array.dtype = dtype_from_string(config.value("dtype", "float32"));
  for (const Json* list = &value; list->is_array(); list = &list->front()) {
    array.shape.push_back(static_cast<int64_t>(list->size()));
    if (list->empty()) break;
  }
  read_numbers(value, 0, array);
  return array;
}

std::string shown(const Json& json) { return saving::dump_json(json).substr(0, 80); }

}  // namespace

GraphReader::GraphReader(const std::vector<GraphEntry>& entries) {
  for (const GraphEntry& entry : entries) {
    const Layer layer = entry.layer.get();
    const std::string name = entry.name.empty() ? layer.name() : entry.name;
    order_.push_back(name);
    Called& called = called_.emplace(name, Called{layer}).first->second;
    if (!entry.inbound_nodes.empty()) called.waiting = Json::parse(entry.inbound_nodes);
    if (!called.waiting.is_array()) throw ValueError("layer '{}' expects a list of `inbound_nodes`.", name);
    const auto input = std::dynamic_pointer_cast<layers::InputLayerImpl>(layer.impl());
    if (input) called.outputs.push_back(layers::input_tensor(layer, input->spec()));
  }
}

void GraphReader::make_calls() {
  for (bool is_left = true; is_left;) {
    is_left = false;
    bool has_moved = false;
    for (const std::string& name : order_) {
      Called& called = called_.at(name);
      while (called.next < called.waiting.size() && call(called)) has_moved = true;
      is_left = is_left || called.next < called.waiting.size();
    }
    if (is_left && !has_moved) refuse();
  }
}

KerasTensors GraphReader::ends(const Json& json, const char* key) const {
  if (is_end(json)) return end(json);
  if (json.is_object()) {
    std::vector<std::pair<std::string, KerasTensor>> named;
    for (const auto& [name, item] : json.items()) named.emplace_back(name, end(item));
    return KerasTensors::named(std::move(named));
  }
  if (!json.is_array()) throw ValueError("`{}` expects tensors, each as [layer, call, output].", key);
  std::vector<KerasTensor> tensors;
  for (const Json& item : json) tensors.push_back(end(item));
  return tensors;
}

KerasTensor GraphReader::end(const Json& json) const {
  if (!is_end(json)) throw ValueError("expected a tensor as [layer, call, output]. Received: {}", shown(json));
  const auto found = called_.find(json[0].get<std::string>());
  const int64_t first = found == called_.end() ? 0 : first_number(found->second.layer);
  try {
    return tensor(json, first);
  } catch (const NotYet&) {
    throw ValueError("there is no such tensor in the graph: {}", shown(json));
  }
}

KerasTensor GraphReader::tensor(const Json& history, int64_t first_number) const {
  if (!is_end(history)) throw ValueError("expected [layer, call, output]. Received: {}", shown(history));
  const auto name = history[0].get<std::string>();
  const auto found = called_.find(name);
  if (found == called_.end()) throw ValueError("unknown layer in the graph: '{}'", name);
  const auto number = static_cast<size_t>(history[1].get<int64_t>() - first_number);
  if (number >= found->second.outputs.size()) throw NotYet();
  const KerasTensors& outputs = found->second.outputs[number];
  const auto index = static_cast<size_t>(history[2].get<int64_t>());
  if (index < outputs.size()) return outputs[index];
  throw ValueError("layer '{}' has no output {}.", name, history[2].get<int64_t>());
}

bool GraphReader::call(Called& called) const {
  try {
    called.outputs.push_back(layers::call_symbolically(called.layer, call_of(called.waiting[called.next])));
  } catch (const NotYet&) {
    return false;
  }
  ++called.next;
  return true;
}

layers::Call<KerasTensor> GraphReader::call_of(const Json& node) const {
  if (node.is_array()) return old_call_of(node);
  if (!node.is_object() || !node.contains("args") || !node["args"].is_array()) {
    throw ValueError("an inbound node expects `args` and `kwargs`. Received: {}", shown(node));
  }
  layers::Call<KerasTensor> call;
  for (const Json& item : node["args"]) call.arguments.emplace_back("", argument(item));
  call.positional = call.arguments.size();
  if (node.contains("kwargs") && node["kwargs"].is_object()) {
    for (const auto& [name, item] : node["kwargs"].items()) call.arguments.emplace_back(name, argument(item));
  }
  if (call.arguments.empty()) throw ValueError("an inbound node has no arguments.");
  return call;
}

// Keras 2: a list of [layer, call, output, arguments].
layers::Call<KerasTensor> GraphReader::old_call_of(const Json& node) const {
  SymbolicArgument::List inputs;
  layers::Call<KerasTensor> call;
  Json arguments = Json::object();
  for (const Json& item : node) {
    if (!item.is_array() || item.size() < 3) throw ValueError("an inbound node is no list: {}", shown(item));
    inputs.emplace_back(tensor({item[0], item[1], item[2]}, 0));
    if (item.size() > 3 && item[3].is_object()) arguments = item[3];
  }
  if (inputs.empty()) throw ValueError("an inbound node has no arguments.");
  call.arguments.emplace_back("", inputs.size() == 1 ? inputs.front()
                                                     : SymbolicArgument(SymbolicArgument::Value(std::move(inputs))));
  for (const auto& [name, item] : arguments.items()) call.arguments.emplace_back(name, argument(item));
  return call;
}

layers::Argument<KerasTensor> GraphReader::argument(const Json& json) const {
  using Value = SymbolicArgument::Value;
  if (json.is_null()) return SymbolicArgument();
  if (json.is_boolean()) return SymbolicArgument(Value(json.get<bool>()));
  if (json.is_number_integer()) return SymbolicArgument(Value(json.get<int64_t>()));
  if (json.is_number()) return SymbolicArgument(Value(json.get<double>()));
  if (json.is_string()) return SymbolicArgument(Value(json.get<std::string>()));
  if (json.is_array()) return list(json);
  if (json.contains("class_name") && json["class_name"].is_string()) return wrapped(json);
  SymbolicArgument::Dict dict;
  for (const auto& [key, item] : json.items()) dict.emplace_back(key, argument(item));
  return SymbolicArgument(Value(std::move(dict)));
}

layers::Argument<KerasTensor> GraphReader::list(const Json& json) const {
  SymbolicArgument::List items;
  for (const Json& item : json) items.push_back(argument(item));
  return SymbolicArgument(SymbolicArgument::Value(std::move(items)));
}

layers::Argument<KerasTensor> GraphReader::wrapped(const Json& json) const {
  const auto class_name = json["class_name"].get<std::string>();
  const Json config = json.value("config", Json::object());
  if (class_name == "__keras_tensor__" && config.contains("keras_history")) {
    return tensor(config["keras_history"], 0);
  }
  if ((class_name == "__numpy__" || class_name == "__tensor__") && config.is_object()) {
    return SymbolicArgument(SymbolicArgument::Value(read_array(config)));
  }
  if (class_name == "__ellipsis__") return SymbolicArgument(SymbolicArgument::Value(Ellipsis()));
  if (class_name == "__slice__" && config.is_object()) {
    const auto number = [&](const char* key) {
      const Json value = config.value(key, Json());
      return value.is_number_integer() ? std::optional<int64_t>(value.get<int64_t>()) : std::nullopt;
    };
    return SymbolicArgument(SymbolicArgument::Value(Slice{number("start"), number("stop"), number("step")}));
  }
  throw ValueError("a call in the graph has an argument of a kind that is not available: {}", shown(json));
}

void GraphReader::refuse() const {
  std::string names;
  for (const std::string& name : order_) {
    const Called& called = called_.at(name);
    if (called.next < called.waiting.size()) names += (names.empty() ? "'" : ", '") + name + "'";
  }
  throw ValueError("invalid Functional model configuration: the graph has loops or disconnected nodes. The calls of "
                   "these layers could not be made: [{}].", names.substr(0, 200));
}

}  // namespace keraslike::models

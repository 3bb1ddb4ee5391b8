#include "keraslike/layers/keras_tensor.h"

#include <algorithm>
#include <map>

#include "keraslike/layers/layer_impl.h"
#include "keraslike/layers/node.h"
#include "keraslike/layers/takes_texts.h"
#include "keraslike/utils/errors.h"

namespace keraslike {

const Shape& KerasTensor::shape() const { return impl_->spec().shape; }
DType KerasTensor::dtype() const { return impl_->spec().dtype; }
const std::string& KerasTensor::name() const { return impl_->node()->layer.name(); }

KerasTensors KerasTensors::named(std::vector<std::pair<std::string, KerasTensor>> tensors) {
  KerasTensors result;
  result.structure_ = Structure::Dict;
  for (auto& [name, tensor] : tensors) {
    result.names_.push_back(name);
    result.push_back(std::move(tensor));
  }
  return result;
}

const KerasTensor& KerasTensors::only() const {
  if (size() == 1) return front();
  throw ValueError("Expected one tensor, but there are {}. Take one of them: `outputs[0]`.", size());
}

namespace layers {

namespace {

using Arguments = std::vector<std::pair<std::string, Argument<KerasTensor>>>;

// A word of Python's call protocol that every layer may be given in a file.
bool is_context(const std::string& name, const Argument<KerasTensor>& argument) {
  return argument.is_none() || name == "training";
}

// Puts arguments under the names of the layer's own.
Call<KerasTensor> bound(const LayerImpl& layer, Call<KerasTensor> call) {
  const auto parameters = layer.parameters();
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    auto& [name, argument] = call.arguments[i];
    if (name.empty() && i >= parameters.size()) {
      throw ValueError("Layer '{}' (of type {}) takes at most {} arguments, but {} were given.", layer.name(),
                       layer.class_name(), parameters.size(), call.arguments.size());
    }
    if (name.empty()) name = parameters[i];
    if (std::find(parameters.begin(), parameters.end(), name) != parameters.end() || is_context(name, argument)) {
      continue;
    }
    throw ValueError("Layer '{}' (of type {}) has no argument `{}`. {}", layer.name(), layer.class_name(), name,
                     utils::describe_names(name, parameters));
  }
  return call;
}

Argument<KerasTensor> argument_of(const KerasTensors& tensors) {
  if (tensors.structure() == KerasTensors::Structure::Single) return Argument<KerasTensor>(tensors.front());
  if (tensors.structure() == KerasTensors::Structure::Dict) {
    Argument<KerasTensor>::Dict dict;
    for (size_t i = 0; i < tensors.size(); ++i) dict.emplace_back(tensors.names()[i], tensors[i]);
    return Argument<KerasTensor>(Argument<KerasTensor>::Value(std::move(dict)));
  }
  Argument<KerasTensor>::List list(tensors.begin(), tensors.end());
  return Argument<KerasTensor>(Argument<KerasTensor>::Value(std::move(list)));
}

void add_tensors(Arguments& arguments, const std::string& name, const KerasTensors& tensors) {
  if (!tensors.empty()) arguments.emplace_back(name, argument_of(tensors));
}

void add_flag(Arguments& arguments, const std::string& name, const std::optional<bool>& flag) {
  if (flag) arguments.emplace_back(name, Argument<KerasTensor>(Argument<KerasTensor>::Value(*flag)));
}

void add_named(Arguments& arguments, const CallArguments& given) {
  add_tensors(arguments, "mask", given.mask);
  add_tensors(arguments, "initial_state", given.initial_state);
  add_tensors(arguments, "key", given.key);
  add_tensors(arguments, "query_mask", given.query_mask);
  add_tensors(arguments, "value_mask", given.value_mask);
  add_tensors(arguments, "key_mask", given.key_mask);
  add_tensors(arguments, "attention_mask", given.attention_mask);
  add_flag(arguments, "use_causal_mask", given.use_causal_mask);
  add_flag(arguments, "return_attention_scores", given.return_attention_scores);
  add_flag(arguments, "reverse", given.reverse);
}

}  // namespace

KerasTensor output_of(const NodePtr& node, size_t index) {
  return KerasTensor(std::make_shared<KerasTensorImpl>(node, index));
}

KerasTensors outputs_of(const NodePtr& node) {
  if (node->outputs.size() == 1) return output_of(node, 0);
  std::vector<KerasTensor> tensors;
  for (size_t i = 0; i < node->outputs.size(); ++i) tensors.push_back(output_of(node, i));
  return tensors;
}

KerasTensors call_symbolically(const Layer& layer, Call<KerasTensor> call) {
  call = bound(*layer, std::move(call));
  for (const KerasTensor& tensor : call.tensors()) check_takes(*layer.impl(), is_text(tensor));
  const auto specs = call.map<TensorSpec>([](const KerasTensor& tensor) { return tensor.impl()->spec(); });
  std::vector<TensorSpec> outputs = layer->checked_output_specs(specs);
  layer->ensure_built(specs);
  // Built, a layer knows which policy of a map is its own.
  if (layer->dtype_policy().map() != nullptr) outputs = layer->checked_output_specs(specs);
  return outputs_of(std::make_shared<const Node>(Node{layer, std::move(call), std::move(outputs), layer->count_call()}));
}

KerasTensor input_tensor(const Layer& input_layer, TensorSpec spec) {
  input_layer->ensure_built(spec);
  return output_of(std::make_shared<const Node>(Node{input_layer, {}, {std::move(spec)}, input_layer->count_call()}), 0);
}

KerasTensors call_symbolically(const Layer& layer, const std::vector<KerasTensors>& positional,
                               const CallArguments& arguments) {
  Call<KerasTensor> call;
  for (const KerasTensors& tensors : positional) {
    if (tensors.empty()) throw ValueError("Layer '{}' is called on no tensors. Give it at least one.", layer.name());
    call.arguments.emplace_back("", argument_of(tensors));
  }
  call.positional = positional.size();
  add_named(call.arguments, arguments);
  return call_symbolically(layer, std::move(call));
}

KerasTensors Layer::operator()(const KerasTensors& inputs, CallArguments arguments) const {
  return call_symbolically(*this, {inputs}, arguments);
}

}  // namespace layers
}  // namespace keraslike

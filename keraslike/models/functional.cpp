#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "keraslike/layers/input_layer.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/models/functional_impl.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike {

namespace models {

namespace {

using layers::Argument;
using layers::Call;
using layers::TensorSpec;
using layers::Value;
using layers::Values;

// Keras takes the entries of a dict in the order of their names.
KerasTensors sorted(const KerasTensors& tensors) {
  if (tensors.structure() != KerasTensors::Structure::Dict) return tensors;
  std::map<std::string, KerasTensor> by_name;
  for (size_t i = 0; i < tensors.size(); ++i) by_name.emplace(tensors.names()[i], tensors[i]);
  return KerasTensors::named({by_name.begin(), by_name.end()});
}

}  // namespace

FunctionalImpl::FunctionalImpl(ModelOptions options)
    : ModelImpl({.name = std::move(options.name), .trainable = options.trainable}) {
  register_models();
  connect(std::move(options.inputs), std::move(options.outputs));
  if (!options.trainable) set_trainable(false);
}

void FunctionalImpl::connect(KerasTensors inputs, KerasTensors outputs) {
  if (inputs.empty() || outputs.empty()) {
    throw ValueError("A model expects at least one tensor for `inputs` and one for `outputs`. Received: {} and {}.",
                     inputs.size(), outputs.size());
  }
  inputs_ = sorted(inputs);
  outputs_ = sorted(outputs);
  const bool is_part = std::any_of(inputs_.begin(), inputs_.end(), [](const KerasTensor& tensor) {
    return !tensor.impl()->node()->is_input();
  });
  if (is_part) std::tie(inputs_, outputs_) = cut_graph(inputs_, outputs_);
  graph_ = map_graph(inputs_, outputs_);
  steps_ = steps_of(graph_);
  for (const Layer& layer : graph_.operations) register_module(module_name(layer.name()), layer.impl());
  built_ = true;
}

// Numbers the tensors of the graph: inputs first, then as they are made.
std::vector<FunctionalImpl::Step> FunctionalImpl::steps_of(const Graph& graph) {
  std::map<TensorKey, size_t> places;
  const auto place_of = [&](const KerasTensor& tensor) { return places.at(key_of(tensor)); };
  for (const KerasTensor& input : inputs_) {
    input_places_.push_back(places_);
    places.emplace(key_of(input), places_++);
  }
  std::vector<Step> steps;
  for (const auto& node : graph.nodes) {
    if (node->is_input()) continue;
    steps.push_back({node->layer, node->call.map<size_t>(place_of), places_, node->outputs.size()});
    for (size_t i = 0; i < node->outputs.size(); ++i) places.emplace(TensorKey{node.get(), i}, places_++);
  }
  for (const KerasTensor& output : outputs_) output_places_.push_back(place_of(output));
  return steps;
}

std::vector<Layer> FunctionalImpl::layers() const {
  std::vector<Layer> layers;
  for (const Layer& operation : graph_.operations) {
    if (!operation->is_operation()) layers.push_back(operation);
  }
  return layers;
}

// Each call takes one tensor, that of the call before it, and no layer is called twice.
bool FunctionalImpl::is_chain() const {
  if (graph_.nodes.size() != graph_.operations.size()) return false;
  for (size_t i = 1; i < graph_.nodes.size(); ++i) {
    const auto inputs = graph_.nodes[i]->call.tensors();
    if (inputs.size() != 1 || inputs.front().impl()->node() != graph_.nodes[i - 1]) return false;
  }
  return true;
}

std::vector<std::string> FunctionalImpl::connections() const {
  if (is_chain()) return {};
  std::vector<std::string> all;
  for (const Layer& operation : graph_.operations) {
    std::string text;
    for (const auto& node : graph_.nodes) {
      if (node->layer != operation) continue;
      for (const KerasTensor& input : node->call.tensors()) {
        const auto& maker = input.impl()->node();
        text += fmt::format("{}{}[{}][{}]", text.empty() ? "" : ", ", maker->layer.name(), maker->number,
                            input.impl()->index());
      }
    }
    all.push_back(text.empty() ? "-" : text);
  }
  return all;
}

bool FunctionalImpl::takes_texts() const { return std::any_of(inputs_.begin(), inputs_.end(), layers::is_text); }

bool FunctionalImpl::takes_numbers() const { return !std::all_of(inputs_.begin(), inputs_.end(), layers::is_text); }

std::optional<Shape> FunctionalImpl::known_input_shape() const { return inputs_.only().shape(); }

void FunctionalImpl::check_call(const Call<TensorSpec>& call) const {
  const auto given = call.inputs();
  if (given.size() != inputs_.size()) {
    std::string names;
    for (const KerasTensor& input : inputs_) names += (names.empty() ? "'" : ", '") + input.name() + "'";
    throw ValueError("Layer \"{}\" expects {} named input(s) with keys [{}], but it received {} input tensors.", name(),
                     inputs_.size(), names, given.size());
  }
  for (size_t i = 0; i < given.size(); ++i) {
    if (inputs_[i].shape().matches(given[i].shape)) continue;
    throw ValueError("Input {} with name '{}' of layer '{}' is incompatible with the layer: expected shape={}, found "
                     "shape={}", i, inputs_[i].name(), name(), inputs_[i].shape(), given[i].shape);
  }
}

std::vector<TensorSpec> FunctionalImpl::output_specs(const Call<TensorSpec>& call) const {
  std::vector<TensorSpec> places = call.inputs();
  places.resize(places_);
  for (const Step& step : steps_) {
    const auto specs = step.layer->checked_output_specs(step.call.map<TensorSpec>([&](size_t i) { return places[i]; }));
    std::copy(specs.begin(), specs.end(), places.begin() + static_cast<std::ptrdiff_t>(step.first_output));
  }
  std::vector<TensorSpec> outputs;
  for (const size_t place : output_places_) outputs.push_back(places[place]);
  return outputs;
}

// A dict goes by the names of the inputs.
template <class T>
std::vector<T> FunctionalImpl::in_order(const Call<T>& call) const {
  const auto* dict = std::get_if<typename Argument<T>::Dict>(&call.arguments.front().second.value);
  if (dict == nullptr) return call.inputs();
  std::vector<T> values;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const std::string& name = inputs_.names().empty() ? inputs_[i].name() : inputs_.names()[i];
    const auto found = std::find_if(dict->begin(), dict->end(), [&](const auto& item) { return item.first == name; });
    if (found == dict->end()) throw ValueError("Missing data for input \"{}\" of model '{}'.", name, this->name());
    found->second.collect(values);
  }
  return values;
}

Values FunctionalImpl::masked_in_order(const Call<Value>& call) const {
  Values values = in_order(call);
  const auto masks = call.tensors("mask");
  for (size_t i = 0; i < masks.size() && i < values.size(); ++i) values[i].mask = masks[i].tensor;
  return values;
}

Values FunctionalImpl::call_all(const Call<Value>& call, const layers::CallOptions& options) {
  return run_graph(masked_in_order(call), options, nullptr);
}

Values FunctionalImpl::run_graph(const Values& inputs, const layers::CallOptions& options,
                                 std::vector<std::pair<Layer, at::Tensor>>* seen) {
  Values places(places_);
  for (size_t i = 0; i < inputs.size(); ++i) {
    const at::Tensor& tensor = inputs[i].tensor;
    const bool is_text = layers::is_text(inputs_[i]);
    places[input_places_[i]] = {is_text ? tensor : tensor.to(utils::scalar_type(inputs_[i].dtype())), inputs[i].mask};
  }
  for (const Step& step : steps_) {
    Values made = step.layer->run_all(step.call.map<Value>([&](size_t i) { return places[i]; }), options);
    for (size_t i = 0; i < made.size(); ++i) {
      if (seen != nullptr) seen->emplace_back(step.layer, made[i].tensor);
      places[step.first_output + i] = std::move(made[i]);
    }
  }
  Values outputs;
  for (const size_t place : output_places_) outputs.push_back(places[place]);
  return outputs;
}

std::vector<std::pair<Layer, at::Tensor>> FunctionalImpl::trace(const training::Tensors& x) {
  Values inputs;
  for (const auto& tensor : x) inputs.push_back({tensor});
  std::vector<std::pair<Layer, at::Tensor>> seen;
  run_graph(inputs, {.training = false}, &seen);
  take_losses();
  return seen;
}

Values FunctionalImpl::forward(const training::Tensors& inputs, const layers::CallOptions& options) {
  Values values;
  for (const auto& tensor : inputs) values.push_back({tensor});
  return run_all(Call<Value>(std::move(values)), options);
}

layers::CallGraph FunctionalImpl::calls() const {
  layers::CallGraph graph{.tensors = places_, .inputs = input_places_, .outputs = output_places_, .nodes = {}};
  for (const Step& step : steps_) {
    layers::CallGraph::Node node{step.layer.impl(), step.call, {}};
    for (size_t i = 0; i < step.outputs; ++i) node.outputs.push_back(step.first_output + i);
    graph.nodes.push_back(std::move(node));
  }
  return graph;
}

std::optional<layers::PlannedLayer> FunctionalImpl::plan(const layers::StepPlanner& planner,
                                                         const layers::PlanTensors&) {
  const layers::PlanTensors inputs = in_order(planner.call());
  bool fits = planner.call().tensors("mask").empty();
  for (size_t i = 0; i < inputs.size(); ++i) {
    fits = fits && inputs[i].value.scalar_type() == utils::scalar_type(inputs_[i].dtype());
  }
  return fits ? layers::planned_graph(calls(), planner, inputs) : layers::planned_by_autograd(*this, planner);
}

std::vector<training::InputSpec> FunctionalImpl::declared_inputs() const {
  std::vector<training::InputSpec> specs;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const bool is_dict = inputs_.structure() == KerasTensors::Structure::Dict;
    const std::string& name = is_dict ? inputs_.names()[i] : inputs_[i].name();
    specs.push_back({name, inputs_[i].impl()->spec(), layers::is_text(inputs_[i])});
  }
  return specs;
}

std::vector<Shape> FunctionalImpl::output_shapes(const std::vector<Shape>& inputs) const {
  std::vector<TensorSpec> specs;
  for (size_t i = 0; i < inputs.size(); ++i) specs.push_back({inputs[i], inputs_[i].dtype()});
  std::vector<Shape> shapes;
  for (const TensorSpec& spec : checked_output_specs(Call<TensorSpec>(specs))) shapes.push_back(spec.shape);
  return shapes;
}

std::vector<std::string> FunctionalImpl::output_names() const {
  if (outputs_.structure() == KerasTensors::Structure::Dict) return outputs_.names();
  std::vector<std::string> names;
  for (const KerasTensor& output : outputs_) names.push_back(output.name());
  return names;
}

}  // namespace models

Model::Model(ModelOptions options) : Model(std::make_shared<models::FunctionalImpl>(std::move(options))) {}

}  // namespace keraslike

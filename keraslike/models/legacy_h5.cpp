#include "keraslike/models/legacy_h5.h"

#include <algorithm>

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "keraslike/models/keras_file.h"
#include "keraslike/models/model_impl.h"
#include "keraslike/optimizers/optimizer_impl.h"
#include "keraslike/saving/files.h"
#include "keraslike/saving/hdf5.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/warnings.h"

namespace keraslike::models {

namespace {

using saving::Hdf5Reader;
using saving::Json;
using Weights = std::vector<layers::WeightPtr>;

struct SavedLayer {
  std::string name;
  std::vector<std::string> datasets;
};

// Those that have weights.
std::vector<SavedLayer> saved_layers(const Hdf5Reader& file, const std::string& group) {
  std::vector<SavedLayer> result;
  for (const auto& name : file.texts(group, "layer_names").value_or(std::vector<std::string>())) {
    const std::string path = group.empty() ? name : group + "/" + name;
    SavedLayer layer{name, {}};
    for (const auto& weight : file.texts(path, "weight_names").value_or(std::vector<std::string>())) {
      layer.datasets.push_back(path + "/" + weight);
    }
    if (!layer.datasets.empty()) result.push_back(std::move(layer));
  }
  return result;
}

// What goes where, found and checked before anything is written.
class Plan {
 public:
  Plan(const Hdf5Reader& file, std::string subject, bool skip_mismatch)
      : file_(file), subject_(std::move(subject)), skip_mismatch_(skip_mismatch) {}

  void add(const Layer& layer, const SavedLayer& saved) {
    const Weights weights = legacy_weights(layer);
    if (weights.size() != saved.datasets.size()) {
      return refuse(
          fmt::format("Weight count mismatch for layer '{}' ('{}' in the file). The layer expects {} weights. "
                      "Received {} saved weights.",
                      layer.name(), saved.name, weights.size(), saved.datasets.size()));
    }
    for (size_t i = 0; i < weights.size(); ++i) {
      const Shape shape = file_.shape(saved.datasets[i]);
      if (shape == weights[i]->shape) continue;
      return refuse(
          fmt::format("Shape mismatch in layer '{}' for weight {}. The weight expects shape {}. Received saved "
                      "weight of shape {}.",
                      layer.name(), weights[i]->name, weights[i]->shape, shape));
    }
    for (size_t i = 0; i < weights.size(); ++i) steps_.emplace_back(weights[i], file_.read(saved.datasets[i]));
  }

  void refuse(const std::string& problem) const {
    if (!skip_mismatch_) throw ValueError("{}: {} The model is unchanged.", subject_, problem);
    utils::warn(fmt::format("{}: skipping. {}", subject_, problem));
  }

  void carry_out() const {
    const at::NoGradGuard no_grad;
    for (const auto& [weight, value] : steps_) weight->in_keras_shape().copy_(value);
  }

 private:
  const Hdf5Reader& file_;
  std::string subject_;
  bool skip_mismatch_;
  std::vector<std::pair<layers::WeightPtr, at::Tensor>> steps_;
};

void load(const Model& model, const Hdf5Reader& file, const std::string& path, const LoadWeightsOptions& options) {
  const auto saved = saved_layers(file, file.contains("model_weights") ? "model_weights" : "");
  std::vector<Layer> layers;
  for (const Layer& layer : model.layers()) {
    if (!layer->weights().empty()) layers.push_back(layer);
  }
  Plan plan(file, "'" + path + "'", options.skip_mismatch);
  if (!options.by_name && layers.size() != saved.size()) {
    throw ValueError(
        "'{}': layer count mismatch when loading weights from file. Model expected {} layers, found {} saved "
        "layers. The model is unchanged.",
        path, layers.size(), saved.size());
  }
  for (size_t i = 0; i < layers.size(); ++i) {
    const auto named = [&](const SavedLayer& layer) { return layer.name == layers[i].name(); };
    const auto found = options.by_name ? std::find_if(saved.begin(), saved.end(), named)
                                       : saved.begin() + static_cast<std::ptrdiff_t>(i);
    if (found != saved.end()) plan.add(layers[i], *found);
  }
  plan.carry_out();
}

// Keras 2 put the input's shape into the first layer.
void add_input_layer(Json& model) {
  if (!model.is_object() || model.value("class_name", "") != "Sequential") return;
  Json& config = model["config"];
  Json& layers = config.is_array() ? config : config["layers"];
  if (!layers.is_array() || layers.empty() || !layers[0].is_object() || !layers[0]["config"].is_object()) return;
  const Json shape = layers[0]["config"].value("batch_input_shape", Json());
  if (layers[0].value("class_name", "") == "InputLayer" || shape.is_null()) return;
  layers[0]["config"].erase("batch_input_shape");
  layers.insert(layers.begin(),
                {{"class_name", "InputLayer"}, {"config", {{"batch_shape", shape}, {"name", "input_layer"}}}});
}

void load_optimizer(const Model& model, const Hdf5Reader& file, const std::string& path) {
  model.optimizer()->build(model->trainable_weights());
  if (!file.contains("optimizer_weights")) return;
  const auto names = file.texts("optimizer_weights", "weight_names").value_or(std::vector<std::string>());
  const Weights variables = model.optimizer()->variables();
  std::vector<at::Tensor> values;
  for (const auto& name : names) values.push_back(file.read("optimizer_weights/" + name));
  bool fits = values.size() == variables.size();
  for (size_t i = 0; fits && i < values.size(); ++i) fits = values[i].sizes() == at::IntArrayRef(variables[i]->shape);
  if (!fits) return utils::warn(fmt::format("'{}': the optimizer's state does not fit; it starts afresh.", path));
  const at::NoGradGuard no_grad;
  for (size_t i = 0; i < values.size(); ++i) variables[i]->load(values[i]);
}

void compile(const Model& model, const Hdf5Reader& file, const std::string& path) {
  const auto text = file.text("", "training_config");
  if (!text) return;
  const std::string where = fmt::format("'{}:training_config'", path);
  Json config = saving::parse_json(*text, where);
  if (!config.is_object()) throw FileError("{} is no JSON object.", where);
  config["optimizer"] = config.value("optimizer_config", Json());
  config.erase("optimizer_config");
  saving::read_fields(config, where, {.keep_unknown_keys = true}, [&](Fields& field) { model->compile_fields(field); });
  if (model.built()) load_optimizer(model, file, path);
}

}  // namespace

Weights legacy_weights(const Layer& layer) {
  Weights weights = layer->trainable_weights();
  for (const auto& weight : layer->weights()) {
    if (std::find(weights.begin(), weights.end(), weight) == weights.end()) weights.push_back(weight);
  }
  return weights;
}

Model read_legacy_model(const std::string& path, const LoadModelOptions& options) {
  const Hdf5Reader file(saving::map_file(path), path);
  const auto text = file.text("", "model_config");
  if (!text) {
    throw FileError("No model config found in the file at {}. It may hold weights alone: use `load_weights`.", path);
  }
  const CustomObjects::Scope scope(options.custom_objects);
  return as_file_errors(path, [&] {
    const std::string subject = fmt::format("'{}:model_config'", path);
    Json config = saving::parse_json(*text, subject);
    add_input_layer(config);
    const Model model = model_from_json(config, subject + ", at model", {.keep_unknown_keys = true, .compile = false});
    if (model.built()) load(model, file, path, {});
    if (options.compile) compile(model, file, path);
    return model;
  });
}

void load_legacy_weights(const Model& model, const std::string& path, const LoadWeightsOptions& options) {
  load(model, Hdf5Reader(saving::map_file(path), path), path, options);
}

}  // namespace keraslike::models

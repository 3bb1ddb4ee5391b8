#include <algorithm>
#include <map>
#include <set>

#include <ATen/core/Tensor.h>
#include <fmt/format.h>

#include "keraslike/models/keras_file.h"
#include "keraslike/models/legacy_h5.h"
#include "keraslike/models/model_impl.h"
#include "keraslike/optimizers/optimizer_impl.h"
#include "keraslike/saving/files.h"
#include "keraslike/saving/hdf5.h"
#include "keraslike/utils/naming.h"

namespace keraslike::models {

namespace {

using saving::Hdf5Writer;
using saving::Json;
using Weights = std::vector<layers::WeightPtr>;

// What Keras says wrote the file; it looks at neither.
void write_origin(Hdf5Writer& file, const std::string& group) {
  file.attribute(group, "backend", "torch");
  file.attribute(group, "keras_version", kKerasVersion);
}

// Two weights may have one path, and a group has no name twice.
std::vector<std::string> distinct_paths(const Weights& weights) {
  std::set<std::string> taken;
  std::vector<std::string> paths;
  for (const auto& weight : weights) {
    std::string path = weight->path;
    for (int i = 1; !taken.insert(path).second; ++i) path = fmt::format("{}_{}", weight->path, i);
    paths.push_back(std::move(path));
  }
  return paths;
}

void write_weights(Hdf5Writer& file, const std::string& group, const Weights& weights) {
  file.group(group);
  const auto paths = distinct_paths(weights);
  file.attribute(group, "weight_names", paths);
  for (size_t i = 0; i < weights.size(); ++i) {
    file.dataset(group + "/" + paths[i], weights[i]->in_keras_shape().contiguous());
  }
}

void write_layers(Hdf5Writer& file, const Model& model) {
  const std::string root = "model_weights";
  file.group(root);
  auto layers = model.layers();
  std::vector<std::string> names;
  for (const Layer& layer : layers) names.push_back(layer.name());
  file.attribute(root, "layer_names", names);
  write_origin(file, root);
  // Keras writes in this order lest "dense/1" be there before "dense".
  std::sort(layers.begin(), layers.end(), [](const Layer& a, const Layer& b) { return a.name() < b.name(); });
  for (const Layer& layer : layers) write_weights(file, root + "/" + layer.name(), legacy_weights(layer));
  write_weights(file, root + "/top_level_model_weights", {});
}

// {"class_name", "config"}, as Keras 2 wrote objects. A function was its name.
Json without_module(const Json& object) {
  if (object["class_name"] == "function") return object["config"];
  Json result = object;
  const Json registered = object.value("registered_name", Json());
  if (registered.is_string()) result["class_name"] = registered;
  for (const char* key : {"module", "registered_name", "build_config", "compile_config"}) result.erase(key);
  return result;
}

bool is_object_config(const Json& json) { return json.is_object() && json.contains("class_name"); }

// Keras 3.15 refuses short names of losses in the files of this format that it wrote itself, but knows the long ones.
void lengthen_names(Json& losses) {
  static const std::map<std::string, std::string> kLong = {
      {"mse", "mean_squared_error"},  {"mape", "mean_absolute_percentage_error"},  {"bce", "binary_crossentropy"},
      {"mae", "mean_absolute_error"}, {"msle", "mean_squared_logarithmic_error"}, {"kld", "kl_divergence"},
  };
  if (losses.is_string()) {
    const auto found = kLong.find(utils::to_lower(losses.get<std::string>()));
    if (found != kLong.end()) losses = found->second;
  } else if (losses.is_structured() && !is_object_config(losses)) {
    for (auto& loss : losses) lengthen_names(loss);
  }
}

// Losses and metrics of a compile config, alone, in lists or by name.
Json without_modules(const Json& json) {
  if (is_object_config(json)) return without_module(json);
  Json result = json;
  if (json.is_structured()) {
    for (auto& part : result) part = without_modules(part);
  }
  return result;
}

void write_training(Hdf5Writer& file, const Model& model) {
  Json config = saving::write_fields([&](Fields& field) { model->compile_fields(field); });
  const Json optimizer = config["optimizer"];
  config.erase("optimizer");
  config = without_modules(config);
  lengthen_names(config["loss"]);
  config["optimizer_config"] = without_module(optimizer);
  file.attribute("", "training_config", saving::dump_json(config));
  write_weights(file, "optimizer_weights", model.optimizer()->variables());
}

}  // namespace

void write_legacy_model(const Model& model, const std::string& path) {
  Hdf5Writer file(path);
  write_origin(file, "");
  // The layers keep their modules: by class alone Keras does not find operations, and takes the string "dot" among a
  // layer's arguments for its function `keras.layers.dot`.
  file.attribute("", "model_config", saving::dump_json(without_module(model_to_json(model))));
  if (model.compiled()) write_training(file, model);
  write_layers(file, model);
  saving::write_file(path, file.finish().view());
}

}  // namespace keraslike::models

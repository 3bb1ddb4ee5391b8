#include "keraslike/models/weights_file.h"

#include <algorithm>

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <fmt/ranges.h>

#include "keraslike/models/saved_tree.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/warnings.h"

namespace keraslike::models {

namespace {

// Keras' text: this is what another architecture, or another order of layers, leads to.
std::string count_problem(const SavedObject& object, size_t received) {
  std::vector<std::string> names;
  for (const auto& variable : object.variables) names.push_back(variable->name);
  return fmt::format("Layer '{}' expected {} variables, but received {} variables during loading. Expected: ['{}']",
                     object.name, names.size(), received, fmt::join(names, "', '"));
}

// Values for the weights of one object, read and checked but not yet written.
struct Loaded {
  const SavedObject* object;
  std::vector<layers::WeightPtr> variables;  // those that the file has
  std::vector<at::Tensor> values;
  std::string problem;
};

// An optimizer that has not seen a weight when it is saved has no state but its iteration and its learning rate, and
// those of one that it wraps.
std::vector<layers::WeightPtr> without_state(const SavedObject& object) {
  auto scalars = object.variables;
  std::erase_if(scalars, [](const layers::WeightPtr& variable) {
    return variable->name != "iteration" && variable->name != "learning_rate";
  });
  return scalars;
}

Loaded load(const SavedObject& object, const StoredWeights& weights) {
  Loaded loaded{&object, object.variables, {}, {}};
  const std::string path = object.variables_path();
  const size_t received = weights.contains(path) ? weights.count(path) : 0;
  if (object.is_optimizer && received < loaded.variables.size()) loaded.variables = without_state(object);
  if (received != loaded.variables.size()) {
    loaded.problem = count_problem(object, received);
    return loaded;
  }
  for (size_t i = 0; i < received; ++i) {
    const layers::Weight& variable = *loaded.variables[i];
    const Shape shape = weights.shape(path, i);
    if (shape != variable.shape) {
      loaded.problem = fmt::format("'{}/{}' has shape {}, and weight '{}' of '{}' has shape {}.", path, i, shape,
                                   variable.name, object.name, variable.shape);
      return loaded;
    }
    loaded.values.push_back(weights.read(path, i));
  }
  return loaded;
}

void refuse(const std::vector<Loaded>& failed, const std::string& subject) {
  throw ValueError("{}: a total of {} objects could not be loaded. Example for object {}: {} The model is unchanged; "
                   "build the same layers in the same order, or use skip_mismatch.", subject, failed.size(),
                   failed.front().object->description, failed.front().problem);
}

void report(const std::vector<Loaded>& failed, const std::string& subject, bool skip_mismatch) {
  std::vector<Loaded> fatal;
  for (const auto& loaded : failed) {
    if (loaded.object->is_optimizer) {
      utils::warn(fmt::format("{}: skipping variable loading for {}: it has {} variables, which the file's do not fit.",
                              subject, loaded.object->description, loaded.object->variables.size()));
    } else if (skip_mismatch) {
      utils::warn(fmt::format("{}: skipping {}. {}", subject, loaded.object->description, loaded.problem));
    } else {
      fatal.push_back(loaded);
    }
  }
  if (!fatal.empty()) refuse(fatal, subject);
}

void load_assets(const SavedObject& object, const StoredWeights& weights, const AssetFiles& files) {
  if (object.assets == nullptr) return;
  const auto variable = [&](const std::string& name) -> std::optional<at::Tensor> {
    const std::string group = object.variables_path();
    return weights.contains(group) ? weights.named(group, name) : std::nullopt;
  };
  const auto file = [&](const std::string& name) {
    return files ? files(object.asset_path(name)) : std::optional<std::string>();
  };
  object.assets->load_assets({variable, file});
}

}  // namespace

size_t count_numbered(const std::vector<std::string>& datasets) {
  return static_cast<size_t>(std::count_if(datasets.begin(), datasets.end(), [](const std::string& name) {
    return name.find_first_not_of("0123456789") == std::string::npos;
  }));
}

size_t WeightsInFile::count(const std::string& group) const { return count_numbered(file_.datasets(group)); }

std::optional<at::Tensor> WeightsInFile::named(const std::string& group, const std::string& name) const {
  const std::string path = group + "/" + name;
  return file_.contains(path) ? std::optional<at::Tensor>(file_.read(path)) : std::nullopt;
}

Shape WeightsInFile::shape(const std::string& group, size_t index) const {
  return file_.shape(fmt::format("{}/{}", group, index));
}

at::Tensor WeightsInFile::read(const std::string& group, size_t index) const {
  return file_.borrow(fmt::format("{}/{}", group, index));
}

saving::Bytes weights_to_hdf5(const Model& model, const std::string& subject) {
  saving::Hdf5Writer file(subject);
  for (const auto& object : saved_objects(model)) {
    const std::string path = object.variables_path();
    file.group(path);
    file.attribute(path, "name", object.name);
    for (size_t i = 0; i < object.variables.size(); ++i) {
      file.dataset(fmt::format("{}/{}", path, i), object.variables[i]->saved());
    }
    if (object.assets == nullptr) continue;
    for (const auto& [name, value] : object.assets->assets().variables) file.dataset(path + "/" + name, value);
  }
  return file.finish();
}

void load_stored(const Model& model, const StoredWeights& weights, bool skip_mismatch, const AssetFiles& files) {
  const auto objects = saved_objects(model);
  std::vector<Loaded> good;
  std::vector<Loaded> failed;
  for (const auto& object : objects) {
    if (object.is_optimizer && !weights.contains(object.variables_path())) continue;
    Loaded loaded = load(object, weights);
    (loaded.problem.empty() ? good : failed).push_back(std::move(loaded));
  }
  report(failed, weights.subject(), skip_mismatch);
  for (const auto& object : objects) load_assets(object, weights, files);
  const at::NoGradGuard no_grad;
  for (const auto& loaded : good) {
    for (size_t i = 0; i < loaded.values.size(); ++i) loaded.variables[i]->load(loaded.values[i]);
  }
}

}  // namespace keraslike::models

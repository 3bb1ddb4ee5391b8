#include "keraslike/models/named_weights.h"

#include <fmt/format.h>

#include "keraslike/data/npy.h"
#include "keraslike/models/export.h"
#include "keraslike/models/model_impl.h"
#include "keraslike/models/saved_tree.h"
#include "keraslike/saving/files.h"
#include "keraslike/utils/errors.h"

namespace keraslike::models {

namespace {

void collect(const saving::Hdf5Reader& file, const std::string& path, saving::NamedTensors& tensors) {
  const std::string prefix = path.empty() ? "" : path + "/";
  const size_t count = file.datasets(path).size();
  for (size_t i = 0; i < count; ++i) {  // in the order of their numbers
    const std::string dataset = fmt::format("{}{}", prefix, i);
    tensors.emplace_back(dataset, file.read(dataset));
  }
  for (const auto& group : file.groups(path)) collect(file, prefix + group, tensors);
}

saving::NamedTensors state_dict(const Model& model) {
  saving::NamedTensors tensors;
  for (const auto& item : model->named_parameters()) tensors.emplace_back(item.key(), item.value());
  for (const auto& item : model->named_buffers()) tensors.emplace_back(item.key(), item.value());
  return tensors;
}

}  // namespace

saving::NamedTensors named_weights(const Model& model) {
  saving::NamedTensors tensors;
  for (const auto& object : saved_objects(model)) {
    if (object.is_optimizer) continue;
    for (size_t i = 0; i < object.variables.size(); ++i) {
      tensors.emplace_back(fmt::format("{}/{}", object.variables_path(), i),
                           object.variables[i]->saved().contiguous());
    }
  }
  return tensors;
}

saving::NamedTensors named_weights(const saving::Hdf5Reader& file) {
  saving::NamedTensors tensors;
  for (const auto& group : file.groups("")) {
    if (group != "optimizer") collect(file, group, tensors);
  }
  return tensors;
}

bool holds_named_weights(const std::string& path) { return path.ends_with(".npz") || path.ends_with(".safetensors"); }

saving::NamedTensors read_named_weights(const std::string& path) {
  if (path.ends_with(".safetensors")) return saving::read_safetensors(saving::read_file(path), "'" + path + "'");
  saving::NamedTensors tensors;
  for (const auto& [name, array] : data::load_npz(path)) tensors.emplace_back(name, array.tensor());
  return tensors;
}

void write_named_weights(const std::string& path, const saving::NamedTensors& tensors) {
  if (path.ends_with(".safetensors")) return saving::write_file(path, saving::write_safetensors(tensors));
  std::vector<std::pair<std::string, Data>> arrays;
  for (const auto& [name, tensor] : tensors) arrays.emplace_back(name, tensor.detach());
  data::save_npz(path, Data::named(std::move(arrays)));
}

saving::Bytes named_weights_to_hdf5(const saving::NamedTensors& tensors, const std::string& subject) {
  saving::Hdf5Writer file(subject);
  for (const auto& [name, tensor] : tensors) file.dataset(name, tensor);
  return file.finish();
}

void export_weights(const Model& model, const std::string& path, const ExportOptions& options) {
  if (!holds_named_weights(path)) {
    throw ValueError("`export_weights` writes files that end in `.npz` or `.safetensors`. Received: path={}", path);
  }
  if (options.names != "keras" && options.names != "state_dict") {
    throw ValueError("`export_weights` expects `names` to be 'keras' or 'state_dict'. Received: names='{}'",
                     options.names);
  }
  write_named_weights(path, options.names == "keras" ? named_weights(model) : state_dict(model));
}

}  // namespace keraslike::models

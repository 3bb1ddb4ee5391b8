#include "keraslike/models/saving.h"

#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "keraslike/models/keras_file.h"
#include "keraslike/models/legacy_h5.h"
#include "keraslike/models/model_impl.h"
#include "keraslike/models/named_weights.h"
#include "keraslike/models/sharded_weights.h"
#include "keraslike/models/weights_file.h"
#include "keraslike/saving/files.h"
#include "keraslike/saving/zip_file.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/warnings.h"

namespace keraslike {

namespace {

constexpr double kShardGigabytes = 5.0;  // Keras' default

void check_overwrite(const std::string& path, bool overwrite) {
  if (overwrite || !std::filesystem::exists(path)) return;
  throw FileError("'{}' already exists. Save with `.overwrite = true` to replace it.", path);
}

void require_built(const Model& model) {
  if (model.built()) return;
  throw ValueError(
      "You are loading weights into a model that has not yet been built. Model '{}' begins with no `Input`: "
      "call it on data, or `build(input_shape)`, first.",
      model.name());
}

}  // namespace

namespace models {

namespace {

bool is_legacy(const std::string& path) {
  return !path.ends_with(".weights.h5") && (path.ends_with(".h5") || path.ends_with(".hdf5"));
}

// By the path's extension.
std::unique_ptr<StoredWeights> stored_weights(const std::string& path) {
  if (path.ends_with(".weights.json")) return read_shards(path);
  if (path.ends_with(".weights.h5")) return std::make_unique<WeightsInFile>(saving::map_file(path), path);
  if (path.ends_with(".keras")) {
    return std::make_unique<WeightsInFile>(saving::ZipReader(path).bytes("model.weights.h5"),
                                           path + ":model.weights.h5");
  }
  if (holds_named_weights(path)) {
    return std::make_unique<WeightsInFile>(named_weights_to_hdf5(read_named_weights(path), path), path);
  }
  throw ValueError("File format not supported: filepath={}. Weights come from files that end in `.weights.h5`, "
                   "`.weights.json`, `.keras`, `.h5`, `.npz` or `.safetensors`.", path);
}

}  // namespace

}  // namespace models

namespace {

void save_legacy(const Model& model, const std::string& path, const SaveOptions& options) {
  if (options.check_on) {
    throw ValueError("`check_on` is for `.keras` files: an HDF5 file has no place for it. Received: filepath={}", path);
  }
  utils::warn(fmt::format(
      "You are saving your model as an HDF5 file. This file format is considered legacy: '{}' instead of '{}' keeps "
      "the weights of layers apart from their names, and reads more safely.",
      std::filesystem::path(path).replace_extension(".keras").string(), path));
  models::write_legacy_model(model, path);
}

}  // namespace

void Model::save(const std::string& path, SaveOptions options) const {
  const bool is_legacy = models::is_legacy(path);
  if (!is_legacy && !path.ends_with(".keras")) {
    throw ValueError("Invalid filepath extension for saving. Please add either a `.keras` extension for the native "
                     "Keras format (recommended) or a `.h5` extension. Received: filepath={}.", path);
  }
  check_overwrite(path, options.overwrite);
  if (is_legacy) return save_legacy(*this, path, options);
  models::write_keras_file(*this, path, options);
}

void Model::save_weights(const std::string& path, SaveWeightsOptions options) const {
  const bool is_sharded = path.ends_with(".weights.json");
  if (!is_sharded && !path.ends_with(".weights.h5")) {
    throw ValueError("The filename must end in `.weights.h5`, or in `.weights.json` for several files. Received: "
                     "filepath={}", path);
  }
  if (options.max_shard_size && !is_sharded) {
    throw ValueError("`max_shard_size` is for a filename that ends in `.weights.json`. Received: filepath={}", path);
  }
  check_overwrite(path, options.overwrite);
  if (is_sharded) return models::write_shards(*this, path, options.max_shard_size.value_or(kShardGigabytes));
  saving::write_file(path, models::weights_to_hdf5(*this, path).view());
}

void Model::load_weights(const std::string& path, LoadWeightsOptions options) {
  require_built(*this);
  if (models::is_legacy(path)) return models::load_legacy_weights(*this, path, options);
  if (options.by_name) {
    throw ValueError(
        "Invalid keyword arguments: by_name. A file of this format is matched by the kinds and the order of "
        "layers. Received: filepath={}",
        path);
  }
  models::load_stored(*this, *models::stored_weights(path), options.skip_mismatch);
}

std::string Model::to_json() const { return saving::dump_json(models::model_to_json(*this)); }

namespace models {

Model load_model(const std::string& path, LoadModelOptions options) {
  const bool is_folder = std::filesystem::is_directory(path);
  if (!std::filesystem::exists(path)) {
    throw FileError("File not found: filepath={}. Please ensure the file is an accessible `.keras` zip file.", path);
  }
  if (is_folder) return read_keras_folder(path, options);
  if (path.ends_with(".keras")) return read_keras_file(path, options);
  if (is_legacy(path)) return read_legacy_model(path, options);
  throw FileError(
      "File format not supported: filepath={}. A model comes from a `.keras` file, a folder with the members "
      "of one, or an older `.h5` file.",
      path);
}

Model model_from_json(const std::string& json, const CustomObjects& custom_objects) {
  const CustomObjects::Scope scope(custom_objects);
  return model_from_json(saving::parse_json(json, "The model's JSON"), "The model's JSON", {.keep_unknown_keys = true});
}

Model clone_model(const Model& model) {
  return model_from_json(model_to_json(model), "The model's config", {.keep_unknown_keys = true, .compile = false});
}

}  // namespace models
}  // namespace keraslike

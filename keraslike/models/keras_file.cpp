#include "keraslike/models/keras_file.h"

#include <ctime>
#include <filesystem>
#include <functional>
#include <optional>

#include <fmt/chrono.h>

#include "keraslike/layers/deferred_values.h"
#include "keraslike/models/model_impl.h"
#include "keraslike/models/saved_tree.h"
#include "keraslike/models/self_check.h"
#include "keraslike/models/weights_file.h"
#include "keraslike/optimizers/optimizer_impl.h"
#include "keraslike/saving/files.h"
#include "keraslike/saving/zip_file.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/warnings.h"

namespace keraslike::models {

namespace {

constexpr const char* kMetadata = "metadata.json";
constexpr const char* kConfig = "config.json";
constexpr const char* kWeights = "model.weights.h5";

std::string metadata() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  return saving::dump_json(
      {{"keras_version", kKerasVersion}, {"date_saved", fmt::format("{:%Y-%m-%d@%H:%M:%S}", local)}});
}

// The members of an archive or a folder.
struct Members {
  std::string path;
  std::function<bool(const std::string&)> contains;
  std::function<saving::Bytes(const std::string&)> read;

  std::string subject(const char* member) const { return fmt::format("'{}:{}'", path, member); }
};

Model read_members(const Members& members, const LoadModelOptions& options) {
  for (const char* name : {kConfig, kWeights}) {
    if (!members.contains(name)) {
      throw FileError("'{}' has no member {}: it is not a Keras 3 model.", members.path, name);
    }
  }
  const std::string subject = members.subject(kConfig);
  const CustomObjects::Scope scope(options.custom_objects);
  const saving::Json json = saving::parse_json(std::string(members.read(kConfig).view()), subject);
  layers::DeferredValues values;
  const Model model =
      model_from_json(json, subject + ", at model", {.keep_unknown_keys = true, .compile = options.compile});
  if (!model.built()) {
    values.draw_rest();
    return model;
  }
  if (model.compiled()) model.optimizer()->build(model->trainable_weights());
  const auto asset = [&](const std::string& name) {
    return members.contains(name) ? std::optional<std::string>(members.read(name).view()) : std::nullopt;
  };
  load_stored(model, WeightsInFile(members.read(kWeights), fmt::format("{}:{}", members.path, kWeights)),
              /*skip_mismatch=*/false, asset);
  values.draw_rest();
  if (members.contains(kSelfCheck)) {
    run_self_check(model, members.read(kSelfCheck), fmt::format("{}:{}", members.path, kSelfCheck));
  }
  return model;
}

}  // namespace

saving::Json model_to_json(const Model& model) {
  NameOr<Layer> argument(static_cast<const Layer&>(model));
  saving::NameOrField<Layer> field(argument);
  return saving::write_object(field);
}

Model model_from_json(const saving::Json& json, const std::string& where, const saving::ReadOptions& options) {
  register_models();
  NameOr<Layer> argument = none;
  saving::NameOrField<Layer> field(argument);
  saving::read_object(json, where, options, field);
  const Layer layer = argument.get();
  const auto impl = std::dynamic_pointer_cast<ModelImpl>(layer.impl());
  if (!impl) throw ValueError("{}: expected a model. Received: a layer of type {}.", where, layer.class_name());
  return Model(impl);
}

void write_keras_file(const Model& model, const std::string& path, const SaveOptions& options) {
  if (!model.built()) {
    utils::warn(
        fmt::format("Model '{}' is saved before it is built: the file has no weights, and whoever loads it starts "
                    "with fresh ones.",
                    model.name()));
  }
  saving::ZipWriter archive(path);
  archive.add(kMetadata, metadata());
  archive.add(kConfig, saving::dump_json(model_to_json(model)));
  archive.add(kWeights, weights_to_hdf5(model, path));
  for (const auto& object : saved_objects(model)) {
    if (object.assets == nullptr) continue;
    for (const auto& [name, bytes] : object.assets->assets().files) archive.add(object.asset_path(name), bytes);
  }
  if (options.check_on) archive.add(kSelfCheck, self_check_of(model, options.check_on));
  archive.replace_file();
}

Model read_keras_file(const std::string& path, const LoadModelOptions& options) {
  const saving::ZipReader archive(path);
  return as_file_errors(path, [&] {
    return read_members({path, [&](const std::string& name) { return archive.contains(name); },
                         [&](const std::string& name) { return archive.bytes(name); }},
                        options);
  });
}

Model read_keras_folder(const std::string& path, const LoadModelOptions& options) {
  const std::filesystem::path folder(path);
  return as_file_errors(path, [&] {
    return read_members({path, [&](const std::string& name) { return std::filesystem::exists(folder / name); },
                         [&](const std::string& name) { return saving::map_file((folder / name).string()); }},
                        options);
  });
}

}  // namespace keraslike::models

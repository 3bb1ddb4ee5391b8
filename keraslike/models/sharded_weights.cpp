#include "keraslike/models/sharded_weights.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include <ATen/core/Tensor.h>
#include <fmt/format.h>

#include "keraslike/models/saved_tree.h"
#include "keraslike/saving/files.h"
#include "keraslike/saving/json.h"
#include "keraslike/utils/errors.h"

namespace keraslike::models {

namespace {

namespace fs = std::filesystem;
using saving::Json;

constexpr std::string_view kExtension = ".weights.json";
constexpr double kBytesPerGigabyte = 1024.0 * 1024.0 * 1024.0;

// Fills one file after the other.
class ShardWriter {
 public:
  ShardWriter(const std::string& path, double most_bytes)
      : folder_(fs::path(path).parent_path()),
        stem_(fs::path(path).filename().string()),
        most_bytes_(most_bytes) {
    stem_.resize(stem_.size() - kExtension.size());
    open();
  }

  void add(const SavedObject& object) {
    const std::string path = object.variables_path();
    file_->group(path);
    file_->attribute(path, "name", object.name);
    for (size_t i = 0; i < object.variables.size(); ++i) {
      add(path, std::to_string(i), object.variables[i]->saved().contiguous());
    }
    if (object.assets == nullptr) return;
    for (const auto& [name, value] : object.assets->assets().variables) add(path, name, value);
  }

  // The list of what is where.
  Json finish() {
    close();
    return {{"metadata", {{"total_size", total_bytes_}}}, {"weight_map", map_}};
  }

 private:
  std::string name() const { return fmt::format("{}_{:05}.weights.h5", stem_, number_); }

  void add(const std::string& group, const std::string& name, const at::Tensor& value) {
    const auto bytes = static_cast<double>(value.nbytes());
    if (bytes_ > 0 && bytes_ + bytes > most_bytes_) {
      close();
      open();
    }
    note("/" + group);
    file_->dataset(group + "/" + name, value);
    bytes_ += bytes;
    total_bytes_ += bytes;
  }

  void open() {
    file_.emplace(name());
    bytes_ = 0;
  }

  void close() {
    saving::write_file((folder_ / name()).string(), file_->finish().view());
    ++number_;
  }

  void note(const std::string& group) {
    Json& files = map_[group];
    if (files.empty() || files.back() != name()) files.push_back(name());
  }

  fs::path folder_;
  std::string stem_;
  double most_bytes_;
  std::optional<saving::Hdf5Writer> file_;
  int number_ = 0;
  double bytes_ = 0;
  double total_bytes_ = 0;
  Json map_ = Json::object();
};

class ShardedWeights final : public StoredWeights {
 public:
  ShardedWeights(const std::string& path, const Json& list) : subject_("'" + path + "'") {
    const fs::path folder = fs::path(path).parent_path();
    for (const auto& [group, names] : list.at("weight_map").items()) {
      for (const Json& name : names.is_array() ? names : Json::array({names})) {
        groups_[group.substr(std::min(group.find_first_not_of('/'), group.size()))].push_back(
            &shard(folder, name.get<std::string>()));
      }
    }
  }

  std::string subject() const override { return subject_; }
  bool contains(const std::string& group) const override { return groups_.count(group) > 0; }

  size_t count(const std::string& group) const override {
    size_t count = 0;
    for (const auto* file : groups_.at(group)) count += count_numbered(file->datasets(group));
    return count;
  }

  Shape shape(const std::string& group, size_t index) const override {
    return file_of(group, index).shape(fmt::format("{}/{}", group, index));
  }

  at::Tensor read(const std::string& group, size_t index) const override {
    return file_of(group, index).borrow(fmt::format("{}/{}", group, index));
  }

  std::optional<at::Tensor> named(const std::string& group, const std::string& name) const override {
    for (const auto* file : groups_.at(group)) {
      if (file->contains(group + "/" + name)) return file->read(group + "/" + name);
    }
    return std::nullopt;
  }

 private:
  // Only files beside the list are opened.
  const saving::Hdf5Reader& shard(const fs::path& folder, const std::string& name) {
    const auto found = files_.find(name);
    if (found != files_.end()) return found->second;
    if (name.empty() || fs::path(name).filename() != name || name == "..") {
      throw FileError("{} names a file that is not beside it: '{}'.", subject_, name.substr(0, 80));
    }
    const std::string path = (folder / name).string();
    return files_.emplace(name, saving::Hdf5Reader(saving::map_file(path), path)).first->second;
  }

  const saving::Hdf5Reader& file_of(const std::string& group, size_t index) const {
    for (const auto* file : groups_.at(group)) {
      if (file->contains(fmt::format("{}/{}", group, index))) return *file;
    }
    throw FileError("{} has no variable {} of '{}' in the files that it names.", subject_, index, group);
  }

  std::string subject_;
  std::map<std::string, saving::Hdf5Reader> files_;
  std::map<std::string, std::vector<const saving::Hdf5Reader*>> groups_;
};

}  // namespace

void write_shards(const Model& model, const std::string& path, double gigabytes) {
  if (!(gigabytes > 0)) throw ValueError("`max_shard_size` expects gigabytes above 0. Received: {}", gigabytes);
  ShardWriter writer(path, gigabytes * kBytesPerGigabyte);
  for (const auto& object : saved_objects(model)) writer.add(object);
  saving::write_file(path, writer.finish().dump(4));
}

std::unique_ptr<StoredWeights> read_shards(const std::string& path) {
  const std::string subject = "'" + path + "'";
  try {
    return std::make_unique<ShardedWeights>(path, saving::parse_json(saving::read_file(path), subject));
  } catch (const nlohmann::json::exception&) {
    throw FileError("{} does not say which file holds what: it has no `weight_map` of names.", subject);
  } catch (const ValueError& error) {
    throw FileError(std::string(error.what()));
  }
}

}  // namespace keraslike::models

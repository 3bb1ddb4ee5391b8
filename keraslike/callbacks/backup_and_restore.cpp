#include "keraslike/callbacks/backup_and_restore.h"

#include <filesystem>
#include <utility>

#include "keraslike/models/model.h"
#include "keraslike/saving/files.h"
#include "keraslike/saving/json.h"
#include "keraslike/utils/errors.h"

namespace keraslike::callbacks {

namespace {

namespace fs = std::filesystem;

std::string previous(const std::string& path) { return path + ".bkp"; }

void copy(const std::string& from, const std::string& to) {
  std::error_code failed;
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, failed);
  if (failed) throw FileError("The backup '{}' can not be copied to '{}': {}.", from, to, failed.message());
}

// Throws FileError where the file does not say which epoch is next.
int64_t epoch_in(const std::string& path) {
  try {
    return saving::parse_json(saving::read_file(path), "The backup's " + path).at("epoch").get<int64_t>();
  } catch (const saving::Json::exception&) {
    throw FileError("The backup's '{}' does not say which epoch is next.", path);
  } catch (const ValueError& error) {
    throw FileError("{}", error.what());
  }
}

}  // namespace

BackupAndRestore::BackupAndRestore(std::string backup_dir, BackupAndRestoreOptions options)
    : backup_dir_(std::move(backup_dir)), options_(std::move(options)) {
  if (backup_dir_.empty()) throw ValueError("Empty `backup_dir` argument passed");
}

std::string BackupAndRestore::weights_path() const { return (fs::path(backup_dir_) / "latest.weights.h5").string(); }

std::string BackupAndRestore::metadata_path() const {
  return (fs::path(backup_dir_) / "training_metadata.json").string();
}

void BackupAndRestore::on_train_begin(Logs&) {
  try {
    load();
  } catch (const FileError&) {
    if (!fs::exists(previous(weights_path()))) throw;
    bring_back_previous();
    load();
  }
}

// The epoch is read first: what can not be read must leave the weights as they are.
void BackupAndRestore::load() {
  const bool has_epoch = fs::exists(metadata_path());
  const int64_t epoch = has_epoch ? epoch_in(metadata_path()) : 0;
  if (fs::exists(weights_path())) model().load_weights(weights_path());
  if (!has_epoch) return;
  epoch_ = epoch;
  model().set_initial_epoch(epoch);
}

void BackupAndRestore::on_train_batch_end(int64_t batch, Logs&) {
  if (options_.save_freq.is_epoch()) return;
  batches_since_save_ += batch <= last_batch_ ? batch + 1 : batch - last_batch_;
  last_batch_ = batch;
  if (batches_since_save_ < options_.save_freq.batches()) return;
  batches_since_save_ = 0;
  save();
}

void BackupAndRestore::on_epoch_end(int64_t epoch, Logs&) {
  epoch_ = epoch + 1;
  last_batch_ = 0;
  if (options_.save_freq.is_epoch()) save();
}

void BackupAndRestore::save() {
  std::error_code failed;
  fs::create_directories(backup_dir_, failed);
  if (failed) throw FileError("The folder '{}' can not be made: {}.", backup_dir_, failed.message());
  if (options_.double_checkpoint) keep_previous();
  model().save_weights(weights_path());
  saving::write_file(metadata_path(), saving::dump_json({{"epoch", epoch_}, {"batch", last_batch_}}));
}

void BackupAndRestore::keep_previous() const {
  for (const auto& path : {weights_path(), metadata_path()}) {
    if (fs::exists(path)) copy(path, previous(path));
  }
}

void BackupAndRestore::bring_back_previous() const {
  copy(previous(weights_path()), weights_path());
  if (fs::exists(previous(metadata_path()))) {
    copy(previous(metadata_path()), metadata_path());
  } else {
    fs::remove(metadata_path());
  }
}

void BackupAndRestore::on_train_end(Logs&) {
  if (!options_.delete_checkpoint || !fs::exists(backup_dir_)) return;
  for (const auto& path : {weights_path(), metadata_path()}) {
    fs::remove(path);
    fs::remove(previous(path));
  }
  if (fs::is_empty(backup_dir_)) fs::remove(backup_dir_);
}

}  // namespace keraslike::callbacks

#include "keraslike/callbacks/model_checkpoint.h"

#include <filesystem>

#include <fmt/args.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "keraslike/models/model.h"
#include "keraslike/utils/console.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/warnings.h"

namespace keraslike::callbacks {

SaveFrequency::SaveFrequency(const char* text) {
  if (std::string_view(text) == "epoch") return;
  throw ValueError("Unrecognized save_freq: {}. Expected save_freq are 'epoch' or integer values", text);
}

SaveFrequency::SaveFrequency(int64_t every_batches) : batches_(every_batches) {
  if (every_batches >= 1) return;
  throw ValueError("`save_freq` expects 'epoch' or a number of batches of at least 1. Received: save_freq={}",
                   every_batches);
}

ModelCheckpoint::ModelCheckpoint(std::string filepath, ModelCheckpointOptions options)
    : filepath_(std::move(filepath)),
      options_(std::move(options)),
      monitor_("ModelCheckpoint", options_.monitor, options_.mode, 0.0),
      best_(options_.initial_value_threshold) {
  if (options_.save_weights_only && !filepath_.ends_with(".weights.h5")) {
    throw ValueError("When using `save_weights_only=True` in `ModelCheckpoint`, the filepath provided must end in "
                     "`.weights.h5` (Keras weights format). Received: filepath={}", filepath_);
  }
  if (!options_.save_weights_only && !filepath_.ends_with(".keras")) {
    throw ValueError("The filepath provided must end in `.keras` (Keras model format). Received: filepath={}",
                     filepath_);
  }
}

void ModelCheckpoint::on_epoch_begin(int64_t epoch, Logs&) { epoch_ = epoch; }

void ModelCheckpoint::on_train_batch_end(int64_t batch, Logs& logs) {
  if (is_due(batch)) save(batch, logs);
}

void ModelCheckpoint::on_epoch_end(int64_t, Logs& logs) {
  if (options_.save_freq.is_epoch()) save(std::nullopt, logs);
}

// With `steps_per_execution` a call stands for several batches.
bool ModelCheckpoint::is_due(int64_t batch) {
  if (options_.save_freq.is_epoch()) return false;
  const bool is_new_epoch = !last_batch_ || batch <= *last_batch_;
  batches_since_save_ += is_new_epoch ? batch + 1 : batch - *last_batch_;
  last_batch_ = batch;
  if (batches_since_save_ < options_.save_freq.batches()) return false;
  batches_since_save_ = 0;
  return true;
}

void ModelCheckpoint::tell(const std::string& what) const {
  if (options_.verbose > 0) utils::print_line(fmt::format("\nEpoch {}: {}", epoch_ + 1, what));
}

bool ModelCheckpoint::should_save(const Logs& logs, const std::string& path) {
  if (!options_.save_best_only) {
    tell("saving model to " + path);
    return true;
  }
  const double* current = logs.find(options_.monitor);
  if (current == nullptr) {
    utils::warn(fmt::format("Can save best model only with {} available.", options_.monitor));
    return true;
  }
  monitor_.resolve([this](const std::string& key) { return model().metric_direction(key); });
  const std::string best = best_ ? fmt::format("{:.5f}", *best_) : "None";
  if (!monitor_.is_improvement(*current, best_)) {
    tell(fmt::format("{} did not improve from {}", options_.monitor, best));
    return false;
  }
  tell(fmt::format("{} improved from {} to {:.5f}, saving model to {}", options_.monitor, best, *current, path));
  best_ = *current;
  return true;
}

void ModelCheckpoint::save(std::optional<int64_t> batch, const Logs& logs) {
  const std::filesystem::path path = path_for(batch, logs);
  if (!should_save(logs, path.string())) return;
  if (std::filesystem::is_directory(path)) {
    throw FileError("Please specify a non-directory filepath for ModelCheckpoint. Filepath used is an existing "
                    "directory: {}", path.string());
  }
  std::error_code failed;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), failed);
  if (failed) throw FileError("The folder of '{}' can not be made: {}.", path.string(), failed.message());
  if (options_.save_weights_only) {
    model().save_weights(path.string());
  } else {
    model().save(path.string());
  }
  tell("finished saving model to " + path.string());
}

std::string ModelCheckpoint::path_for(std::optional<int64_t> batch, const Logs& logs) const {
  fmt::dynamic_format_arg_store<fmt::format_context> values;
  std::vector<std::string> names{"epoch"};
  values.push_back(fmt::arg("epoch", epoch_ + 1));
  if (batch && !logs.contains("batch")) {
    values.push_back(fmt::arg("batch", *batch + 1));
    names.emplace_back("batch");
  }
  for (const auto& [key, value] : logs) {
    values.push_back(fmt::arg(key.c_str(), value));
    names.push_back(key);
  }
  try {
    return fmt::vformat(filepath_, values);
  } catch (const fmt::format_error& error) {
    throw ValueError("Failed to format this callback filepath: \"{}\". Reason: {}. Known names: {}", filepath_,
                     error.what(), fmt::join(names, ", "));
  }
}

}  // namespace keraslike::callbacks

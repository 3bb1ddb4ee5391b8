#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/callbacks/callback.h"
#include "keraslike/callbacks/monitor.h"

namespace keraslike::callbacks {

// When to save: "epoch", or every so many batches, counted across epochs.
class SaveFrequency {
 public:
  SaveFrequency(const char* text);       // NOLINT: the conversions are the purpose of this class
  SaveFrequency(int64_t every_batches);  // NOLINT

  bool is_epoch() const { return !batches_; }
  int64_t batches() const { return batches_.value_or(0); }

 private:
  std::optional<int64_t> batches_;
};

struct ModelCheckpointOptions {
  std::string monitor = "val_loss";
  int verbose = 0;
  bool save_best_only = false;
  bool save_weights_only = false;  // the path must then end in `.weights.h5`, else in `.keras`
  std::string mode = "auto";       // "min", "max", or "auto": by the metric
  SaveFrequency save_freq = "epoch";
  std::optional<double> initial_value_threshold = {};  // what the first value must beat to be saved
};

// Saves the model, or its weights, as training goes on. The path may name the epoch (from 1), the batch and what is
// logged: "model-{epoch:02d}-{val_loss:.2f}.keras". Folders are made where they are missing.
class ModelCheckpoint : public Callback {
 public:
  explicit ModelCheckpoint(std::string filepath, ModelCheckpointOptions options = {});

  void on_epoch_begin(int64_t epoch, Logs& logs) override;
  void on_train_batch_end(int64_t batch, Logs& logs) override;
  void on_epoch_end(int64_t epoch, Logs& logs) override;

  const std::optional<double>& best() const { return best_; }

 private:
  bool is_due(int64_t batch);
  bool should_save(const Logs& logs, const std::string& path);
  void save(std::optional<int64_t> batch, const Logs& logs);
  std::string path_for(std::optional<int64_t> batch, const Logs& logs) const;
  void tell(const std::string& what) const;

  std::string filepath_;
  ModelCheckpointOptions options_;
  Monitor monitor_;
  std::optional<double> best_;
  int64_t epoch_ = 0;
  int64_t batches_since_save_ = 0;
  std::optional<int64_t> last_batch_;
};

}  // namespace keraslike::callbacks

#pragma once

#include <cstdint>
#include <string>

#include "keraslike/callbacks/callback.h"
#include "keraslike/callbacks/model_checkpoint.h"

namespace keraslike::callbacks {

struct BackupAndRestoreOptions {
  SaveFrequency save_freq = "epoch";
  bool double_checkpoint = false;  // keep the state before the last too, for when the last is damaged
  bool delete_checkpoint = true;   // when training has ended
};

// Keeps the state of training in a folder, and continues from it when `fit` is called again after an interruption:
// `latest.weights.h5`, with the optimizer's state, and `training_metadata.json`, as Keras. A backup of every so many
// batches repeats the epoch that was interrupted. Each `fit` needs a folder of its own. Unlike Keras, which deletes the
// whole folder, it deletes what it wrote, and the folder if nothing else is in it.
class BackupAndRestore : public Callback {
 public:
  explicit BackupAndRestore(std::string backup_dir, BackupAndRestoreOptions options = {});

  void on_train_begin(Logs& logs) override;
  void on_train_batch_end(int64_t batch, Logs& logs) override;
  void on_epoch_end(int64_t epoch, Logs& logs) override;
  void on_train_end(Logs& logs) override;

 private:
  std::string weights_path() const;
  std::string metadata_path() const;
  void load();
  void save();
  void keep_previous() const;
  void bring_back_previous() const;

  std::string backup_dir_;
  BackupAndRestoreOptions options_;
  int64_t batches_since_save_ = 0;
  int64_t last_batch_ = 0;
  int64_t epoch_ = 0;
};

}  // namespace keraslike::callbacks

#include "keraslike/callbacks/model_checkpoint.h"

#include <filesystem>

#include "callbacks/told.h"
#include "data/files.h"

#include "support/catch.h"

using namespace keraslike;
using callbacks::ModelCheckpoint;

namespace {

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("ModelCheckpoint saves after each epoch, under a name made of the logs", "[callbacks]") {
  const tests::TemporaryFolder folder;
  Told told({0.5, 0.25});
  told.fit(ModelCheckpoint(folder.path + "/deep/m-{epoch:02d}-{val_loss:.2f}.keras"));
  CHECK(files_in(folder.path + "/deep") == std::vector<std::string>{"m-01-0.50.keras", "m-02-0.25.keras"});
  Model loaded = models::load_model(folder.path + "/deep/m-02-0.25.keras");
  CHECK(loaded.get_weights() == told.model.get_weights());
  CHECK(loaded.optimizer().iterations() == 2);
}

TEST_CASE("ModelCheckpoint keeps the best", "[callbacks]") {
  const tests::TemporaryFolder folder;
  Told told({0.5, 0.7, 0.25, 0.3});
  ModelCheckpoint checkpoint(folder.path + "/{epoch}.weights.h5", {.save_best_only = true, .save_weights_only = true});
  told.fit(checkpoint);
  CHECK(files_in(folder.path) == std::vector<std::string>{"1.weights.h5", "3.weights.h5"});
  CHECK(checkpoint.best() == 0.25);
}

TEST_CASE("ModelCheckpoint's first value must beat the threshold", "[callbacks]") {
  const tests::TemporaryFolder folder;
  Told told({0.5, 0.2});
  told.fit(ModelCheckpoint(folder.path + "/{epoch}.keras", {.save_best_only = true, .initial_value_threshold = 0.3}));
  CHECK(files_in(folder.path) == std::vector<std::string>{"2.keras"});
}

TEST_CASE("ModelCheckpoint counts batches across epochs", "[callbacks]") {
  const tests::TemporaryFolder folder;
  Told told({});
  const auto zeros = Array::zeros({6, 1});
  told.model.fit(zeros, zeros,
                 {.batch_size = 2, .epochs = 2, .verbose = 0,
                  .callbacks = {ModelCheckpoint(folder.path + "/{epoch}-{batch}.keras", {.save_freq = 2})}});
  CHECK(files_in(folder.path) == std::vector<std::string>{"1-2.keras", "2-1.keras", "2-3.keras"});
}

TEST_CASE("ModelCheckpoint tells in Keras' words", "[callbacks]") {
  CHECK_THROWS_WITH(ModelCheckpoint("m.h5"), "The filepath provided must end in `.keras` (Keras model format). "
                                             "Received: filepath=m.h5");
  CHECK_THROWS_WITH(ModelCheckpoint("m.keras", {.save_weights_only = true}),
                    "When using `save_weights_only=True` in `ModelCheckpoint`, the filepath provided must end in "
                    "`.weights.h5` (Keras weights format). Received: filepath=m.keras");
  CHECK_THROWS_WITH(ModelCheckpoint("m.keras", {.save_freq = "batch"}),
                    "Unrecognized save_freq: batch. Expected save_freq are 'epoch' or integer values");
  const tests::TemporaryFolder folder;
  Told told({0.5});
  CHECK_THROWS_WITH(told.fit(ModelCheckpoint(folder.path + "/{nothing}.keras")),
                    StartsWith("Failed to format this callback filepath: \"" + folder.path + "/{nothing}.keras\"."));
}

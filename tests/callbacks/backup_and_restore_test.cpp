#include "keraslike/callbacks/backup_and_restore.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "data/files.h"
#include "keraslike/keraslike.h"

#include "support/catch.h"

using namespace keraslike;
using callbacks::BackupAndRestore;
using callbacks::BackupAndRestoreOptions;
namespace fs = std::filesystem;

namespace {

struct Interrupted {};

// As golden.py: two inputs, six rows in three batches, Adam, and an end in the second batch of the third epoch.
class Training {
 public:
  Training() : model_({Input({2}), layers::Dense(1, {.kernel_initializer = "ones"})}) {
    model_.compile({.optimizer = optimizers::Adam(0.1), .loss = "mse"});
  }

  History fit(CallbackRef backup, bool is_interrupted = false) {
    const std::vector<std::vector<float>> x{{-1.0F, -9.0F / 11}, {-7.0F / 11, -5.0F / 11}, {-3.0F / 11, -1.0F / 11},
                                            {1.0F / 11, 3.0F / 11}, {5.0F / 11, 7.0F / 11}, {9.0F / 11, 1.0F}};
    std::vector<float> y;
    for (const auto& row : x) y.push_back(2 * row[0] - row[1]);
    int64_t now = 0;
    callbacks::LambdaCallback interrupt({.on_epoch_begin = [&](int64_t epoch, Logs&) { now = epoch; },
                                         .on_train_batch_begin =
                                             [&](int64_t batch, Logs&) {
                                               if (is_interrupted && now == 2 && batch == 1) throw Interrupted();
                                             }});
    return model_.fit(x, y, {.batch_size = 2, .epochs = 5, .verbose = 0, .callbacks = {backup, interrupt},
                             .shuffle = false});
  }

 private:
  Sequential model_;
};

void interrupt(const std::string& folder, const BackupAndRestoreOptions& options) {
  CHECK_THROWS_AS(Training().fit(BackupAndRestore(folder, options), true), Interrupted);
}

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

bool is_close(const std::vector<double>& losses, const std::vector<double>& expected) {
  return std::equal(losses.begin(), losses.end(), expected.begin(), expected.end(),
                    [](double a, double b) { return std::abs(a - b) < 1e-6; });
}

}  // namespace

TEST_CASE("BackupAndRestore continues with the epoch that was interrupted", "[callbacks]") {
  const tests::TemporaryFolder folder;
  const std::string backup = folder.path + "/deep/backup";
  interrupt(backup, {});
  CHECK(text_of(backup + "/training_metadata.json") == R"({"epoch": 2, "batch": 0})");

  const History history = Training().fit(BackupAndRestore(backup));

  CHECK(history.epoch() == std::vector<int64_t>{2, 3, 4});
  CHECK(is_close(history["loss"], {0.010002492, 0.0383938365, 0.0629611686}));
  CHECK_FALSE(fs::exists(backup));
}

TEST_CASE("BackupAndRestore of every two batches repeats an epoch that was interrupted, as in Keras", "[callbacks]") {
  const tests::TemporaryFolder folder;
  const std::string backup = folder.path + "/backup";
  interrupt(backup, {.save_freq = 2});
  CHECK(text_of(backup + "/training_metadata.json") == R"({"epoch": 1, "batch": 2})");

  const History history = Training().fit(BackupAndRestore(backup, {.save_freq = 2}));

  CHECK(history.epoch() == std::vector<int64_t>{1, 2, 3, 4});
  CHECK(is_close(history["loss"], {0.010002492, 0.0383938365, 0.0629611686, 0.0462784618}));
}

TEST_CASE("BackupAndRestore goes back to the state before the last where that is damaged", "[callbacks]") {
  const tests::TemporaryFolder folder;
  const BackupAndRestoreOptions options{.double_checkpoint = true, .delete_checkpoint = false};
  interrupt(folder.path, options);
  std::ofstream(folder.path + "/latest.weights.h5") << "damaged";

  const History history = Training().fit(BackupAndRestore(folder.path, options));

  CHECK(history.epoch() == std::vector<int64_t>{1, 2, 3, 4});
  CHECK(is_close(history["loss"], {0.0864493474, 0.010002492, 0.0383938365, 0.0629611686}));
  CHECK(fs::exists(folder.path + "/latest.weights.h5.bkp"));
}

TEST_CASE("BackupAndRestore says that a backup is damaged where it has no other", "[callbacks]") {
  const tests::TemporaryFolder folder;
  interrupt(folder.path, {});
  const bool is_metadata = GENERATE(false, true);
  std::ofstream(folder.path + (is_metadata ? "/training_metadata.json" : "/latest.weights.h5")) << "damaged";

  CHECK_THROWS_AS(Training().fit(BackupAndRestore(folder.path)), FileError);
}

TEST_CASE("BackupAndRestore deletes nothing that it did not write", "[callbacks]") {
  const tests::TemporaryFolder folder;
  std::ofstream(folder.path + "/mine.txt") << "mine";

  Training().fit(BackupAndRestore(folder.path));

  CHECK(fs::exists(folder.path + "/mine.txt"));
  CHECK_FALSE(fs::exists(folder.path + "/latest.weights.h5"));
}

TEST_CASE("The epoch that a callback asks for is this fit's only", "[callbacks]") {
  Training training;
  callbacks::LambdaCallback nothing({});
  const tests::TemporaryFolder folder;
  interrupt(folder.path, {});
  CHECK(training.fit(BackupAndRestore(folder.path)).epoch().size() == 3);

  CHECK(training.fit(nothing).epoch().size() == 5);
}

TEST_CASE("BackupAndRestore wants a folder and a frequency", "[callbacks]") {
  CHECK_THROWS_WITH(BackupAndRestore(""), "Empty `backup_dir` argument passed");
  CHECK_THROWS_AS(BackupAndRestore("b", {.save_freq = -1}), ValueError);
}

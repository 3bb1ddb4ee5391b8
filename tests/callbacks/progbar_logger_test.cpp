#include "keraslike/callbacks/progbar_logger.h"

#include <string>
#include <vector>

#include "keraslike/utils/none.h"

#include "support/captured.h"
#include "support/catch.h"

using namespace keraslike;
using callbacks::ProgbarLogger;

namespace {

// Two epochs of two steps with a validation each, then a prediction, a quarter of a second per step; see golden.py.
std::string shown(std::optional<int64_t> steps, int64_t verbose, bool is_terminal) {
  const CapturedConsole console(is_terminal);
  double now = 100;
  ProgbarLogger logger([&now] { return now; });
  logger.set_params({.verbose = verbose, .epochs = 2, .steps = steps});
  Logs none_yet;
  Logs validation = {{"loss", 9.0}};
  logger.on_train_begin(none_yet);
  for (int64_t epoch = 0; epoch < 2; ++epoch) {
    logger.on_epoch_begin(epoch, none_yet);
    for (int64_t batch = 0; batch < 2; ++batch) {
      now += 0.25;
      Logs logs = {{"loss", 1.0 / static_cast<double>(batch + epoch + 1)}};
      logger.on_train_batch_end(batch, logs);
    }
    logger.on_test_begin(none_yet);
    logger.on_test_batch_end(0, validation);
    logger.on_test_end(validation);
    Logs logs = {{"loss", 0.5}, {"val_loss", 9.0}};
    logs.set("learning_rate", 0.001);
    logger.on_epoch_end(epoch, logs);
  }
  logger.on_predict_begin(none_yet);
  now += 0.5;
  logger.on_predict_batch_end(0, validation);
  logger.on_predict_end(none_yet);
  return console.text();
}

std::string back(size_t count) { return std::string(count, '\b') + "\r"; }

const std::string kHalf = "\x1b[1m1/2\x1b[0m \x1b[32m━━━━━━━━━━\x1b[0m\x1b[37m━━━━━━━━━━\x1b[0m \x1b[1m0s\x1b[0m ";
const std::string kWhole = "\x1b[1m2/2\x1b[0m \x1b[32m━━━━━━━━━━━━━━━━━━━━\x1b[0m\x1b[37m\x1b[0m \x1b[1m0s\x1b[0m ";
const std::string kLast = "250ms/step - loss: 0.5000 - val_loss: 9.0000 - learning_rate: 1.0000e-03\n";
const std::string kSecondEpoch = "Epoch 2/2\n\r" + kHalf + "250ms/step - loss: 0.5000" + back(53) + kWhole +
                                 "250ms/step - loss: 0.3333" + back(53) + kWhole + kLast;
const std::string kPrediction = "\r" + kHalf + "500ms/step" + back(38) + kWhole + "0s/step   \n";

}  // namespace

// The texts of keras.callbacks.ProgbarLogger (Keras 3.15.1) with `time.time` replaced by the same times.

TEST_CASE("ProgbarLogger draws each epoch and leaves validation to its last line", "[callbacks][progbar]") {
  REQUIRE(shown(2, 1, true) == "Epoch 1/2\n\r" + kHalf + "250ms/step - loss: 1.0000" + back(53) + kWhole +
                                   "250ms/step - loss: 0.5000" + back(53) + kWhole + kLast + kSecondEpoch +
                                   kPrediction);
}

TEST_CASE("ProgbarLogger learns the number of steps from the first epoch", "[callbacks][progbar]") {
  REQUIRE(shown(none, 1, true) ==
          "Epoch 1/2\n\r      1/Unknown \x1b[1m0s\x1b[0m 250ms/step - loss: 1.0000" + back(44) +
              "      2/Unknown \x1b[1m0s\x1b[0m 250ms/step - loss: 0.5000" + back(44) + kWhole + kLast + kSecondEpoch +
              kPrediction);
}

TEST_CASE("ProgbarLogger with verbose=2 writes Keras' lines", "[callbacks][progbar]") {
  const std::optional<int64_t> steps = GENERATE(std::optional<int64_t>(2), std::optional<int64_t>());
  const bool is_terminal = GENERATE(true, false);
  REQUIRE(shown(steps, 2, is_terminal) == "Epoch 1/2\n2/2 - 0s - " + kLast + "Epoch 2/2\n2/2 - 0s - " + kLast +
                                              "2/2 - 0s - 250ms/step\n");
}

TEST_CASE("ProgbarLogger writes one line an epoch into a file", "[callbacks][progbar]") {
  REQUIRE(shown(2, 1, false) == "Epoch 1/2 - 2/2 - 0s - " + kLast + "Epoch 2/2 - 2/2 - 0s - " + kLast +
                                    "2/2 - 0s - 250ms/step\n");
}

TEST_CASE("ProgbarLogger does not look at the logs of steps that it does not draw", "[callbacks][progbar]") {
  const bool is_terminal = GENERATE(true, false);
  const CapturedConsole console(is_terminal);
  double now = 100;
  int looks = 0;
  ProgbarLogger logger([&now] { return now; });
  logger.set_params({.verbose = 1, .epochs = 1, .steps = 1000});
  Logs nothing;
  logger.on_train_begin(nothing);
  logger.on_epoch_begin(0, nothing);

  for (int64_t batch = 0; batch < 100; ++batch) {
    Logs logs([&looks] {
      ++looks;
      return std::vector<Logs::Item>{{"loss", 0.5}};
    });
    logger.on_train_batch_end(batch, logs);
    now += 1.0 / 64;
  }

  REQUIRE(looks == (is_terminal ? 25 : 0));
}

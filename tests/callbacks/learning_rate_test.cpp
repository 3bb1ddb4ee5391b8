#include <string>
#include <vector>

#include "callbacks/told.h"
#include "support/captured.h"
#include "support/catch.h"

using namespace keraslike;
using callbacks::LearningRateScheduler;
using callbacks::ReduceLROnPlateau;
using callbacks::ReduceLROnPlateauOptions;

namespace {

const std::vector<double> kFlat = {0.5, 0.4, 0.4, 0.4, 0.4, 0.4, 0.3, 0.3, 0.3, 0.3};

struct Rates {
  std::vector<double> logged;
  double left;
  int64_t wait;
};

Rates rates_of(ReduceLROnPlateauOptions options) {
  Told told(kFlat);
  ReduceLROnPlateau plateau(std::move(options));
  const History history = told.fit(plateau);
  return {history["learning_rate"], told.model.optimizer().learning_rate(), plateau.wait()};
}

}  // namespace

// Rates and texts of Keras 3.15.1's callbacks on the same values; see golden.py. Rates are float32 there too.

TEST_CASE("ReduceLROnPlateau lowers the rate after so many epochs without an improvement", "[callbacks][plateau]") {
  const Rates rates = rates_of({.patience = 2});
  REQUIRE(rates.logged == std::vector<double>{0.5, 0.5, 0.5, 0.5, 0.05000000074505806, 0.05000000074505806,
                                              0.004999999888241291, 0.004999999888241291, 0.004999999888241291,
                                              0.0004999999655410647});
  REQUIRE(rates.wait == 1);
}

TEST_CASE("ReduceLROnPlateau rests during its cooldown", "[callbacks][plateau]") {
  const Rates rates = rates_of({.factor = 0.5, .patience = 1, .cooldown = 2});
  REQUIRE(rates.logged == std::vector<double>{0.5, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125, 0.125, 0.0625, 0.0625});
  REQUIRE(rates.left == 0.03125);
}

TEST_CASE("ReduceLROnPlateau stops at min_lr", "[callbacks][plateau]") {
  const Rates rates = rates_of({.patience = 1, .min_lr = 0.02});
  const double lowest = 0.019999999552965164;
  REQUIRE(rates.logged == std::vector<double>{0.5, 0.5, 0.5, 0.05000000074505806, lowest, lowest, lowest, lowest,
                                              lowest, lowest});
  REQUIRE(rates.wait == 3);
}

TEST_CASE("ReduceLROnPlateau can look for the highest value, and for a least change", "[callbacks][plateau]") {
  REQUIRE(rates_of({.factor = 0.25, .patience = 2, .mode = "max"}).logged ==
          std::vector<double>{0.5, 0.5, 0.5, 0.125, 0.125, 0.03125, 0.03125, 0.0078125, 0.0078125, 0.001953125});
  REQUIRE(rates_of({.factor = 0.5, .patience = 2, .min_delta = 0.2}).logged ==
          std::vector<double>{0.5, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125, 0.0625, 0.0625, 0.03125});
}

TEST_CASE("ReduceLROnPlateau says what it does with verbose=1", "[callbacks][plateau]") {
  const CapturedConsole console;
  rates_of({.patience = 2, .verbose = 1});
  REQUIRE(console.text() ==
          "\nEpoch 4: ReduceLROnPlateau reducing learning rate to 0.05.\n"
          "\nEpoch 6: ReduceLROnPlateau reducing learning rate to 0.005000000074505806.\n"
          "\nEpoch 9: ReduceLROnPlateau reducing learning rate to 0.0004999999888241291.\n");
}

TEST_CASE("ReduceLROnPlateau warns where its value is not measured", "[callbacks][plateau]") {
  const CapturedWarnings warnings;
  Told told({Told::kNothing});

  told.fit(ReduceLROnPlateau());

  REQUIRE(warnings.messages ==
          std::vector<std::string>{"Learning rate reduction is conditioned on metric `val_loss` which is not "
                                   "available. Available metrics are: loss,mae,learning_rate."});
}

TEST_CASE("ReduceLROnPlateau refuses a factor that does not reduce", "[callbacks][plateau]") {
  REQUIRE_THROWS_WITH(ReduceLROnPlateau({.factor = 1.0}),
                      "ReduceLROnPlateau does not support a factor >= 1.0. Received factor=1.0");
}

TEST_CASE("LearningRateScheduler sets the rate of each epoch and logs it last", "[callbacks][scheduler]") {
  Told told({1.0, 1.0, 1.0});

  const History history =
      told.fit(LearningRateScheduler([](int64_t epoch) { return 0.1 / static_cast<double>(epoch + 1); }));

  REQUIRE(history["learning_rate"] ==
          std::vector<double>{0.10000000149011612, 0.05000000074505806, 0.03333333507180214});
  REQUIRE(history.keys() == std::vector<std::string>{"loss", "mae", "val_loss", "learning_rate"});
}

TEST_CASE("LearningRateScheduler hands the schedule the current rate", "[callbacks][scheduler]") {
  const CapturedConsole console;
  Told told({1.0, 1.0});

  told.fit(LearningRateScheduler([](int64_t, double rate) { return rate * 0.5; }, {.verbose = 1}));

  REQUIRE(console.text() ==
          "\nEpoch 1: LearningRateScheduler setting learning rate to 0.25.\n"
          "\nEpoch 2: LearningRateScheduler setting learning rate to 0.125.\n");
}

namespace {

// Two optimizers inside one: each has its own rate.
optimizers::MultiOptimizer shared() {
  return optimizers::MultiOptimizer(optimizers::OptimizerMap(
      optimizers::SGD(0.5, {.name = "sgd"}), {{".*bias", optimizers::Adam(0.25, {.name = "adam"})}}));
}

}  // namespace

TEST_CASE("ReduceLROnPlateau lowers the rate of each optimizer in a MultiOptimizer", "[callbacks][plateau]") {
  const CapturedConsole console;
  Told told({0.4, 0.4, 0.4, 0.4});
  told.model.compile({.optimizer = shared(), .loss = "mse", .metrics = {"mae"}});

  const History history = told.fit(ReduceLROnPlateau({.patience = 1, .verbose = 1, .min_lr = 0.02}));

  CHECK(history["learning_rate_adam"] ==
        std::vector<double>{0.25, 0.25, 0.02500000037252903, 0.019999999552965164});
  CHECK(history["learning_rate_sgd"] == std::vector<double>{0.5, 0.5, 0.05000000074505806, 0.019999999552965164});
  CHECK(history.keys() ==
        std::vector<std::string>{"loss", "mae", "val_loss", "learning_rate_adam", "learning_rate_sgd"});
  CHECK(console.text() ==
        "\nEpoch 2: ReduceLROnPlateau reducing adam learning rate to 0.025.\n"
        "\nEpoch 2: ReduceLROnPlateau reducing sgd learning rate to 0.05.\n"
        "\nEpoch 3: ReduceLROnPlateau reducing adam learning rate to 0.02.\n"
        "\nEpoch 3: ReduceLROnPlateau reducing sgd learning rate to 0.02.\n");
}

TEST_CASE("LearningRateScheduler sets the rate of each optimizer in a MultiOptimizer", "[callbacks][scheduler]") {
  const CapturedConsole console;
  Told told({1.0, 1.0});
  told.model.compile({.optimizer = shared(), .loss = "mse", .metrics = {"mae"}});

  const History history =
      told.fit(LearningRateScheduler([](int64_t, double rate) { return rate * 0.5; }, {.verbose = 1}));

  CHECK(history["learning_rate_adam"] == std::vector<double>{0.125, 0.0625});
  CHECK(history["learning_rate_sgd"] == std::vector<double>{0.25, 0.125});
  CHECK(console.text() ==
        "\nEpoch 1: LearningRateScheduler setting adam learning rate to 0.125.\n"
        "\nEpoch 1: LearningRateScheduler setting sgd learning rate to 0.25.\n"
        "\nEpoch 2: LearningRateScheduler setting adam learning rate to 0.0625.\n"
        "\nEpoch 2: LearningRateScheduler setting sgd learning rate to 0.125.\n");
}

TEST_CASE("A MultiOptimizer in a LossScaleOptimizer has no rate to schedule", "[callbacks][scheduler][errors]") {
  Told told({1.0});
  told.model.compile({.optimizer = optimizers::LossScaleOptimizer(shared()), .loss = "mse"});

  CHECK_THROWS_WITH(told.fit(LearningRateScheduler([](int64_t) { return 0.5; })),
                    StartsWith("Learning rate cannot be accessed on a MultiOptimizer."));
}

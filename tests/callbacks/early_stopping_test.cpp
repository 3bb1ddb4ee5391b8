#include "keraslike/callbacks/early_stopping.h"

#include <cmath>

#include "callbacks/told.h"
#include "support/captured.h"
#include "support/catch.h"

using namespace keraslike;
using callbacks::EarlyStopping;
using callbacks::EarlyStoppingOptions;

namespace {

const std::vector<double> kUpAndDown = {0.5, 0.4, 0.45, 0.41, 0.39, 0.6, 0.7, 0.8, 0.3, 0.9};
const double kNaN = std::nan("");

struct Outcome {
  size_t epochs;
  int64_t stopped_epoch;
  int64_t best_epoch;
  int64_t wait;

  friend bool operator==(const Outcome&, const Outcome&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Outcome& o) {
    return out << "ran " << o.epochs << ", stopped " << o.stopped_epoch << ", best at " << o.best_epoch << ", wait "
               << o.wait;
  }
};

Outcome outcome_of(const std::vector<double>& values, EarlyStoppingOptions options = {}) {
  Told told(values, options.monitor);
  EarlyStopping stopping(std::move(options));
  const History history = told.fit(stopping);
  return {history.epoch().size(), stopping.stopped_epoch(), stopping.best_epoch(), stopping.wait()};
}

}  // namespace

// Outcomes of keras.callbacks.EarlyStopping (Keras 3.15.1) on the same values; see golden.py.

TEST_CASE("EarlyStopping waits as many epochs as it has patience", "[callbacks][early_stopping]") {
  CHECK(outcome_of(kUpAndDown) == Outcome{3, 2, 1, 1});
  CHECK(outcome_of(kUpAndDown, {.patience = 2}) == Outcome{4, 3, 1, 2});
  CHECK(outcome_of(kUpAndDown, {.patience = 3, .restore_best_weights = true}) == Outcome{8, 7, 4, 3});
  CHECK(outcome_of(kUpAndDown, {.patience = 5}) == Outcome{10, 0, 8, 1});
  CHECK(outcome_of({0.5, 0.5, 0.5}) == Outcome{2, 1, 0, 1});
}

TEST_CASE("EarlyStopping can look for the highest value", "[callbacks][early_stopping]") {
  CHECK(outcome_of(kUpAndDown, {.mode = "max"}) == Outcome{2, 1, 0, 1});
  CHECK(outcome_of(kUpAndDown, {.patience = 4, .mode = "max"}) == Outcome{5, 4, 0, 4});
}

TEST_CASE("EarlyStopping counts only changes beyond min_delta, whatever its sign", "[callbacks][early_stopping]") {
  CHECK(outcome_of(kUpAndDown, {.min_delta = 0.05, .patience = 2}) == Outcome{4, 3, 1, 2});
  CHECK(outcome_of(kUpAndDown, {.min_delta = -0.05, .patience = 3}) == Outcome{5, 4, 1, 3});
}

TEST_CASE("EarlyStopping compares in float32", "[callbacks][early_stopping]") {
  CHECK(outcome_of({1.0, 1.0 - 1e-9, 1.0 - 2e-9, 1.0 - 3e-9}, {.patience = 2}) == Outcome{3, 2, 0, 2});
}

TEST_CASE("EarlyStopping goes on waiting until the baseline is beaten", "[callbacks][early_stopping]") {
  CHECK(outcome_of(kUpAndDown, {.patience = 3, .baseline = 0.2}) == Outcome{3, 2, 1, 3});
  CHECK(outcome_of(kUpAndDown, {.patience = 3, .baseline = 0.42}) == Outcome{8, 7, 4, 3});
}

TEST_CASE("EarlyStopping does not look before start_from_epoch", "[callbacks][early_stopping]") {
  CHECK(outcome_of(kUpAndDown, {.patience = 1, .start_from_epoch = 4}) == Outcome{6, 5, 4, 1});
  CHECK(outcome_of(kUpAndDown, {.start_from_epoch = 20}) == Outcome{10, 0, 0, 0});
}

TEST_CASE("EarlyStopping counts NaN as no improvement, and nothing beats a NaN that came first",
          "[callbacks][early_stopping]") {
  CHECK(outcome_of({kNaN, 0.5, 0.4}, {.patience = 2}) == Outcome{3, 2, 0, 2});
  CHECK(outcome_of({0.5, kNaN, 0.4, 0.3}, {.patience = 2}) == Outcome{4, 0, 3, 0});
}

TEST_CASE("EarlyStopping knows the direction of a compiled metric", "[callbacks][early_stopping]") {
  CHECK(outcome_of(kUpAndDown, {.monitor = "mae", .patience = 1}) == Outcome{3, 2, 1, 1});
}

TEST_CASE("EarlyStopping skips epochs that did not measure, with a warning", "[callbacks][early_stopping]") {
  const CapturedWarnings warnings;

  CHECK(outcome_of({Told::kNothing, 0.5, Told::kNothing, 0.6, 0.4}, {.patience = 1}) == Outcome{4, 3, 1, 1});
  REQUIRE(warnings.messages.size() == 2);
  REQUIRE(warnings.messages[0] ==
          "Early stopping conditioned on metric `val_loss` which is not available. Available metrics are: loss,mae.");
}

TEST_CASE("EarlyStopping restores the weights of the best epoch, also where it did not stop", "[callbacks]") {
  const int64_t patience = GENERATE(3, 20);
  Told told(kUpAndDown);
  callbacks::LambdaCallback change({.on_epoch_end = [&](int64_t epoch, Logs&) {
    const auto value = static_cast<float>(epoch);
    told.model.set_weights({Array::full({1, 1}, value), Array::full({1}, value)});
  }});
  EarlyStopping stopping({.patience = patience, .restore_best_weights = true});
  const auto zeros = Array::zeros({4, 1});
  callbacks::LambdaCallback tell({.on_epoch_end = [](int64_t epoch, Logs& logs) {
    logs.set("val_loss", kUpAndDown[static_cast<size_t>(epoch)]);
  }});

  told.model.fit(zeros, zeros, {.epochs = 10, .verbose = 0, .callbacks = {change, tell, stopping}});

  const double best = patience == 3 ? 4 : 8;
  REQUIRE(static_cast<double>(stopping.best_epoch()) == best);
  REQUIRE(told.model.get_weights()[0].to_vector<double>() == std::vector<double>{best});
  REQUIRE(told.model.get_weights()[1].to_vector<double>() == std::vector<double>{best});
}

TEST_CASE("EarlyStopping starts afresh with each fit", "[callbacks][early_stopping]") {
  EarlyStopping stopping;
  Told first({0.1, 0.2});
  Told second({0.9, 0.8, 0.7});

  REQUIRE(first.fit(stopping).epoch().size() == 2);
  REQUIRE(second.fit(stopping).epoch().size() == 3);
  REQUIRE(stopping.best() == 0.7);
  REQUIRE(stopping.stopped_epoch() == 0);
}

TEST_CASE("EarlyStopping says what it does with verbose=1", "[callbacks][early_stopping]") {
  const CapturedConsole console;
  Told told(kUpAndDown);

  told.fit(EarlyStopping({.patience = 2, .verbose = 1, .restore_best_weights = true}));

  REQUIRE(console.text() ==
          "Epoch 4: early stopping\nRestoring model weights from the end of the best epoch: 2.\n");
}

TEST_CASE("EarlyStopping asks for a mode where nobody knows which way is better", "[callbacks][early_stopping]") {
  Told told({1.0}, "nothing");
  REQUIRE_THROWS_WITH(told.fit(EarlyStopping({.monitor = "nothing"})),
                      "EarlyStopping callback received monitor=nothing, but Keras isn't able to automatically "
                      "determine whether that metric should be maximized or minimized. Pass `mode='max'` in order to "
                      "monitor based on the highest metric value, or pass `mode='min'` in order to use the lowest "
                      "value.");
}

TEST_CASE("EarlyStopping takes an unknown mode for auto and says so", "[callbacks][early_stopping]") {
  const CapturedWarnings warnings;

  CHECK(outcome_of(kUpAndDown, {.mode = "up"}) == Outcome{3, 2, 1, 1});
  REQUIRE(warnings.messages == std::vector<std::string>{"EarlyStopping mode 'up' is unknown, fallback to auto mode."});
}

#include "keraslike/utils/progress_bar.h"

#include <limits>
#include <set>
#include <sstream>
#include <string>

#include "keraslike/utils/errors.h"
#include "keraslike/utils/none.h"

#include "support/catch.h"

using keraslike::console_for;
using keraslike::none;
using keraslike::ValueError;
using keraslike::utils::Progbar;
using keraslike::utils::ProgbarOptions;

namespace {

// A bar whose clock stands still until the test moves it.
struct Stage {
  explicit Stage(std::optional<int64_t> target, ProgbarOptions options = {}, bool is_terminal = true)
      : bar(target, prepared(std::move(options), is_terminal)) {}

  void update(double time, int64_t current, const Progbar::Values& values, std::optional<bool> finalize = {}) {
    now = 100 + time;
    bar.update(current, values, finalize);
  }

  // What was written since the last look.
  std::string written() {
    std::string text = stream.str();
    stream.str("");
    return text;
  }

  std::ostringstream stream;
  double now = 100;
  Progbar bar;

 private:
  ProgbarOptions prepared(ProgbarOptions options, bool is_terminal) {
    options.console = console_for(stream, is_terminal);
    options.clock = [this] { return now; };
    return options;
  }
};

const ProgbarOptions kAsIs = {.stateless_metrics = std::set<std::string>{}};

std::string back(size_t count) { return std::string(count, '\b') + "\r"; }

}  // namespace

// The bytes in this file are those of keras.utils.Progbar (Keras 3.15.1) with `time.time` replaced by the same times.

TEST_CASE("Progbar draws Keras' line in a terminal", "[utils][progbar]") {
  Stage stage(3, kAsIs);

  stage.update(0.006, 1, {{"loss", 0.0018}}, false);
  REQUIRE(stage.written() ==
          "\r\x1b[1m1/3\x1b[0m \x1b[32m━━━━━━\x1b[0m\x1b[37m━━━━━━━━━━━━━━\x1b[0m \x1b[1m0s\x1b[0m 6ms/step - loss: "
          "0.0018");

  stage.update(0.007, 2, {{"loss", 0.0014}}, false);
  REQUIRE(stage.written().empty());

  stage.update(0.01, 3, {{"loss", 0.0013}}, true);
  REQUIRE(stage.written() == back(51) +
                                 "\x1b[1m3/3\x1b[0m \x1b[32m━━━━━━━━━━━━━━━━━━━━\x1b[0m\x1b[37m\x1b[0m "
                                 "\x1b[1m0s\x1b[0m 2ms/step - loss: 0.0013\n");
}

TEST_CASE("Progbar formats times, tiny, negative and missing values as Keras does", "[utils][progbar]") {
  Stage stage(1000, kAsIs);

  stage.update(10, 1, {{"accuracy", 0.5}, {"loss", 0.00012}}, false);
  REQUIRE(stage.written() ==
          "\r\x1b[1m   1/1000\x1b[0m \x1b[37m━━━━━━━━━━━━━━━━━━━━\x1b[0m \x1b[1m2:46:30\x1b[0m 10s/step - accuracy: "
          "0.5000 - loss: 1.2000e-04");

  stage.update(20, 2, {{"accuracy", 0.25}, {"loss", -12.5}}, false);
  REQUIRE(stage.written() == back(85) +
                                 "\x1b[1m   2/1000\x1b[0m \x1b[37m━━━━━━━━━━━━━━━━━━━━\x1b[0m \x1b[1m2:46:20\x1b[0m "
                                 "10s/step - accuracy: 0.2500 - loss: -12.5000  ");

  stage.update(2000, 900, {{"accuracy", 1.0}, {"loss", -std::numeric_limits<double>::quiet_NaN()}}, false);
  REQUIRE(stage.written() == back(83) +
                                 "\x1b[1m 900/1000\x1b[0m \x1b[32m━━━━━━━━━━━━━━━━━━\x1b[0m\x1b[37m━━\x1b[0m "
                                 "\x1b[1m3:41\x1b[0m 2s/step - accuracy: 1.0000 - loss: nan         ");

  stage.update(2001, 1000, {{"accuracy", 1.0}, {"loss", 0.0}, {"val_loss", std::numeric_limits<double>::infinity()}});
  REQUIRE(stage.written() == back(74) +
                                 "\x1b[1m1000/1000\x1b[0m \x1b[32m━━━━━━━━━━━━━━━━━━━━\x1b[0m\x1b[37m\x1b[0m "
                                 "\x1b[1m2001s\x1b[0m 2s/step - accuracy: 1.0000 - loss: 0.0000e+00 - val_loss: inf\n");
}

TEST_CASE("Progbar shows the time that has passed where the target is unknown", "[utils][progbar]") {
  Stage stage(none);

  stage.update(1, 1, {{"loss", 1.0}});
  REQUIRE(stage.written() == "\r      1/Unknown \x1b[1m1s\x1b[0m 1s/step - loss: 1.0000");
  stage.update(2, 2, {{"loss", 3.0}});
  REQUIRE(stage.written() == back(41) + "      2/Unknown \x1b[1m2s\x1b[0m 1s/step - loss: 2.0000");
  stage.update(2.0001, 3, {{"loss", 5.0}}, true);
  REQUIRE(stage.written() == back(41) + "      3/Unknown \x1b[1m2s\x1b[0m 500ms/step - loss: 5.0000\n");
}

TEST_CASE("Progbar averages values by the steps between updates", "[utils][progbar]") {
  Stage stage(100);

  stage.update(0.6, 1, {{"loss", 1.0}});
  stage.update(1.2, 2, {{"loss", 2.0}});
  REQUIRE_THAT(stage.written(), ContainsSubstring("58s\x1b[0m 600ms/step - loss: 1.5000"));
  stage.update(1.21, 10, {{"loss", 3.0}});
  REQUIRE(stage.written().empty());
  stage.update(3.3, 50, {{"loss", 4.0}});
  REQUIRE(stage.written() == back(58) +
                                 "\x1b[1m 50/100\x1b[0m \x1b[32m━━━━━━━━━━\x1b[0m\x1b[37m━━━━━━━━━━\x1b[0m "
                                 "\x1b[1m2s\x1b[0m 55ms/step - loss: 3.7400  ");
  stage.update(4.6, 100, {{"loss", 9.0}, {"a", 0.1}});
  REQUIRE_THAT(stage.written(), ContainsSubstring("40ms/step - loss: 9.0000 - a: 0.1000\n"));
}

TEST_CASE("Progbar takes a width and the name of the unit", "[utils][progbar]") {
  Stage stage(200, {.width = 5, .unit_name = "sample"});

  stage.update(0, 0, {});
  REQUIRE(stage.written() == "\r\x1b[1m  0/200\x1b[0m \x1b[37m━━━━━\x1b[0m \x1b[1m0s\x1b[0m 0s/sample");
  stage.update(0.0002, 1, {});
  stage.bar.add(29);
  stage.now = 100.2;
  stage.bar.add(170);
  REQUIRE(stage.written() ==
          back(26) + "\x1b[1m200/200\x1b[0m \x1b[32m━━━━━\x1b[0m\x1b[37m\x1b[0m \x1b[1m0s\x1b[0m 1ms/sample\n");
}

TEST_CASE("Progbar with verbose=2 writes one line at the end", "[utils][progbar]") {
  const bool is_terminal = GENERATE(true, false);
  auto options = kAsIs;
  options.verbose = 2;
  Stage stage(12, options, is_terminal);

  stage.update(0, 1, {{"loss", 0.5}}, false);
  REQUIRE(stage.written().empty());
  stage.update(83.4, 12, {{"loss", 0.25}, {"mae", -0.5}, {"val_loss", 1e-3}}, true);
  REQUIRE(stage.written() == "12/12 - 83s - 8s/step - loss: 0.2500 - mae: -5.0000e-01 - val_loss: 1.0000e-03\n");
}

TEST_CASE("Progbar writes one plain line into a file where Keras would fill it with backspaces", "[utils][progbar]") {
  Stage stage(2, kAsIs, false);
  Stage unknown(none, kAsIs, false);

  stage.update(0.1, 1, {{"loss", 0.5}}, false);
  stage.update(0.2, 2, {{"loss", 0.25}}, true);
  unknown.update(0.2, 7, {{"loss", 0.25}}, true);

  REQUIRE(stage.written() == "2/2 - 0s - 100ms/step - loss: 0.2500\n");
  REQUIRE(unknown.written() == "7/Unknown - 0s - 29ms/step - loss: 0.2500\n");
}

TEST_CASE("Progbar asks for values only when they will be seen", "[utils][progbar]") {
  Stage stage(100, kAsIs);
  Stage file(100, kAsIs, false);
  Stage averaging(100, {}, false);

  REQUIRE(stage.bar.is_due(1));
  stage.update(0, 1, {{"loss", 1.0}}, false);
  stage.now = 100.049;
  REQUIRE_FALSE(stage.bar.is_due(2));
  stage.now = 100.051;
  REQUIRE(stage.bar.is_due(3));
  REQUIRE_FALSE(file.bar.is_due(1));
  REQUIRE(averaging.bar.is_due(1));
}

TEST_CASE("Progbar is silent with verbose=0", "[utils][progbar]") {
  Stage stage(2, {.verbose = 0});

  stage.update(1, 1, {{"loss", 0.5}});
  stage.update(2, 2, {{"loss", 0.5}});

  REQUIRE(stage.written().empty());
}

TEST_CASE("Progbar refuses two lists that contradict each other", "[utils][progbar]") {
  const std::set<std::string> names = {"loss"};
  REQUIRE_THROWS_WITH(Progbar(1, {.stateful_metrics = names, .stateless_metrics = names}),
                      StartsWith("Progbar expects only one of `stateful_metrics` and `stateless_metrics`"));
}

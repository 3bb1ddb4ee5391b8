#include "keraslike/callbacks/history.h"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "keraslike/callbacks/logs.h"
#include "keraslike/keraslike.h"
#include "keraslike/torch.h"

#include "support/catch.h"

using namespace keraslike;

TEST_CASE("Logs are sorted, and what is added stands behind", "[callbacks][logs]") {
  Logs logs = {{"loss", 0.5}, {"accuracy", 0.25}, {"val_loss", 1.0}};

  logs.set("learning_rate", 0.1);
  logs.set("loss", 0.75);

  REQUIRE(logs.keys() == std::vector<std::string>{"accuracy", "loss", "val_loss", "learning_rate"});
  REQUIRE(logs["loss"] == 0.75);
}

TEST_CASE("Logs name what they have where a name is not known", "[callbacks][logs]") {
  const Logs logs = {{"loss", 0.5}, {"mae", 0.25}};
  REQUIRE(logs.find("val_loss") == nullptr);
  REQUIRE_FALSE(logs.contains("val_loss"));
  REQUIRE_THROWS_WITH(logs["val_loss"], "There is no 'val_loss' here. Known names: loss, mae.");
  REQUIRE_THROWS_WITH(Logs()["loss"], "There is no 'loss' here. Known names: none.");
}

TEST_CASE("Logs ask their source once, at the first look", "[callbacks][logs]") {
  int asked = 0;
  Logs logs([&asked] {
    ++asked;
    return std::vector<Logs::Item>{{"loss", 0.5}, {"accuracy", 1.0}};
  });

  Logs moved = std::move(logs);
  REQUIRE(asked == 0);
  REQUIRE(moved["loss"] == 0.5);
  REQUIRE(moved.keys() == std::vector<std::string>{"accuracy", "loss"});
  REQUIRE(asked == 1);
}

TEST_CASE("A copy of logs holds the numbers of the time it was made", "[callbacks][logs]") {
  double now = 1;
  const Logs logs([&now] { return std::vector<Logs::Item>{{"loss", now}}; });

  const Logs copy = logs;
  now = 2;

  REQUIRE(copy["loss"] == 1);
  REQUIRE(logs["loss"] == 1);
}

TEST_CASE("History keeps every value of every epoch", "[callbacks][history]") {
  History history;
  Logs none_yet;
  Logs first = {{"loss", 0.5}, {"accuracy", 1.0}};
  Logs second = {{"loss", 0.25}, {"accuracy", 0.75}, {"val_loss", 1e-5}};

  history.on_train_begin(none_yet);
  history.on_epoch_end(3, first);
  history.on_epoch_end(4, second);

  REQUIRE(history.epoch() == std::vector<int64_t>{3, 4});
  REQUIRE(history["loss"] == std::vector<double>{0.5, 0.25});
  REQUIRE(history["val_loss"].back() == 1e-5);
  REQUIRE(fmt::format("{}", history) == "{'accuracy': [1.0, 0.75], 'loss': [0.5, 0.25], 'val_loss': [1e-05]}");
  REQUIRE_THROWS_WITH(history["mae"], "There is no 'mae' here. Known names: accuracy, loss, val_loss.");
}

TEST_CASE("A History that is used again counts epochs afresh and keeps its values", "[callbacks][history]") {
  History history;
  Logs logs = {{"loss", 0.5}};

  history.on_train_begin(logs);
  history.on_epoch_end(0, logs);
  history.on_train_begin(logs);
  history.on_epoch_end(0, logs);

  REQUIRE(history.epoch() == std::vector<int64_t>{0});
  REQUIRE(history["loss"] == std::vector<double>{0.5, 0.5});
}

TEST_CASE("History holds the mean of a metric with several results, which the metric itself gives", "[callbacks]") {
  Sequential model({Input({1}), layers::Dense(1, {.kernel_initializer = "ones"})});
  const metrics::Recall recall({.thresholds = {0.25, 0.75}, .name = "recall"});
  model.compile({.optimizer = optimizers::SGD(0.0), .loss = "mse", .metrics = {recall}});

  const std::vector<double> x{0.1, 0.5, 0.9, 1.0};
  const History history = model.fit(x, {1.0, 1.0, 1.0, 1.0}, {.verbose = 0});

  CHECK(Array(recall.result()).to_vector<float>() == std::vector<float>{0.75F, 0.5F});
  CHECK(history["recall"] == std::vector<double>{0.625});
  CHECK(model.evaluate(x, {1.0, 1.0, 1.0, 1.0}, {.verbose = 0})["recall"] == 0.625);
}

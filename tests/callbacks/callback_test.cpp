#include "keraslike/callbacks/callback.h"

#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include "keraslike/callbacks/callback_list.h"
#include "keraslike/keraslike.h"

#include "support/captured.h"
#include "support/catch.h"

using namespace keraslike;
using callbacks::LambdaCallback;
using callbacks::TerminateOnNaN;

namespace {

Sequential small_model() {
  Sequential model({Input({1}), layers::Dense(1)});
  model.compile({.optimizer = "sgd", .loss = "mse"});
  return model;
}

// Notes every hook that is called, with its index and the logs it was handed.
class Recorder : public Callback {
 public:
  explicit Recorder(std::vector<std::string>& events) : events_(events) {}

  void on_train_begin(Logs& logs) override { note("train begin", logs); }
  void on_train_end(Logs& logs) override { note("train end", logs); }
  void on_epoch_begin(int64_t epoch, Logs& logs) override { note("epoch begin", epoch, logs); }
  void on_epoch_end(int64_t epoch, Logs& logs) override { note("epoch end", epoch, logs); }
  void on_batch_begin(int64_t batch, Logs& logs) override { note("batch begin", batch, logs); }
  void on_batch_end(int64_t batch, Logs& logs) override { note("batch end", batch, logs); }
  void on_test_begin(Logs& logs) override { note("test begin", logs); }
  void on_test_end(Logs& logs) override { note("test end", logs); }
  void on_test_batch_begin(int64_t batch, Logs& logs) override { note("test batch begin", batch, logs); }
  void on_test_batch_end(int64_t batch, Logs& logs) override { note("test batch end", batch, logs); }
  void on_predict_begin(Logs& logs) override { note("predict begin", logs); }
  void on_predict_end(Logs& logs) override { note("predict end", logs); }
  void on_predict_batch_begin(int64_t batch, Logs& logs) override { note("predict batch begin", batch, logs); }
  void on_predict_batch_end(int64_t batch, Logs& logs) override { note("predict batch end", batch, logs); }

 private:
  void note(const std::string& hook, const Logs& logs) { events_.push_back(hook + ": " + logs.items().joined_keys()); }
  void note(const std::string& hook, int64_t index, const Logs& logs) {
    note(fmt::format("{} {}", hook, index), logs);
  }

  std::vector<std::string>& events_;
};

struct Counter : Callback {
  void on_epoch_end(int64_t, Logs&) override { ++epochs; }
  int epochs = 0;
};

}  // namespace

// The hooks and log keys of the same calls in Keras 3.15.1.
TEST_CASE("fit calls the hooks in Keras' order", "[callbacks]") {
  std::vector<std::string> events;
  auto model = small_model();

  model.fit(Array::zeros({4, 1}), Array::zeros({4, 1}),
            {.batch_size = 1, .verbose = 0, .callbacks = {Recorder(events)}, .validation_split = 0.5});

  REQUIRE(events == std::vector<std::string>{
                        "train begin: ", "epoch begin 0: ", "batch begin 0: ", "batch end 0: loss", "batch begin 1: ",
                        "batch end 1: loss", "test begin: ", "test batch begin 0: ", "test batch end 0: loss",
                        "test batch begin 1: ", "test batch end 1: loss", "test end: loss",
                        "epoch end 0: loss, val_loss", "train end: loss, val_loss"});
}

TEST_CASE("predict and evaluate call their hooks", "[callbacks]") {
  std::vector<std::string> events;
  auto model = small_model();

  model.predict(Array::zeros({1, 1}), {.verbose = 0, .callbacks = {Recorder(events)}});
  model.evaluate(Array::zeros({1, 1}), Array::zeros({1, 1}), {.verbose = 0, .callbacks = {Recorder(events)}});

  REQUIRE(events == std::vector<std::string>{"predict begin: ", "predict batch begin 0: ", "predict batch end 0: ",
                                             "predict end: ", "test begin: ", "test batch begin 0: ",
                                             "test batch end 0: loss", "test end: loss"});
}

TEST_CASE("A callback that has a name is borrowed, a temporary moved in, a shared one shared", "[callbacks]") {
  auto model = small_model();
  Counter borrowed;
  const auto shared = std::make_shared<Counter>();

  const auto zeros = Array::zeros({4, 1});
  model.fit(zeros, zeros, {.epochs = 3, .verbose = 0, .callbacks = {borrowed, Counter(), shared}});

  REQUIRE(borrowed.epochs == 3);
  REQUIRE(shared->epochs == 3);
  REQUIRE(borrowed.params() == CallbackParams{.verbose = 0, .epochs = 3, .steps = 1});
  STATIC_REQUIRE_FALSE(std::is_constructible_v<CallbackRef, const Counter&>);
  STATIC_REQUIRE_FALSE(std::is_constructible_v<CallbackRef, int>);
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<Callback>);
}

TEST_CASE("What a callback adds reaches those behind it and History, but not the end of training", "[callbacks]") {
  auto model = small_model();
  double seen = 0;
  bool at_end = true;
  LambdaCallback first({.on_epoch_end = [](int64_t, Logs& logs) { logs.set("learning_rate", 0.5); }});
  LambdaCallback second({.on_epoch_end = [&](int64_t, const Logs& logs) { seen = logs["learning_rate"]; },
                         .on_train_end = [&](const Logs& logs) { at_end = logs.contains("learning_rate"); }});

  const auto zeros = Array::zeros({4, 1});
  const History history = model.fit(zeros, zeros, {.verbose = 0, .callbacks = {first, second}});

  REQUIRE(seen == 0.5);
  REQUIRE(history["learning_rate"] == std::vector<double>{0.5});
  REQUIRE_FALSE(at_end);
}

TEST_CASE("A callback can stop training after a batch", "[callbacks]") {
  auto model = small_model();
  int64_t batches = 0;
  LambdaCallback stop({.on_train_batch_end = [&](int64_t, Logs&) { model.set_stop_training(++batches == 2); }});

  const auto zeros = Array::zeros({4, 1});
  const History history = model.fit(zeros, zeros, {.batch_size = 1, .epochs = 3, .verbose = 0, .callbacks = {stop}});

  REQUIRE(batches == 2);
  REQUIRE(history.epoch() == std::vector<int64_t>{0});
}

TEST_CASE("An exception of a callback passes through fit", "[callbacks]") {
  auto model = small_model();
  const auto zeros = Array::zeros({4, 1});
  LambdaCallback thrower({.on_epoch_begin = [](int64_t, Logs&) { throw std::out_of_range("mine"); }});
  REQUIRE_THROWS_AS(model.fit(zeros, zeros, {.verbose = 0, .callbacks = {thrower}}), std::out_of_range);
}

TEST_CASE("A callback without a model and a null pointer are reported", "[callbacks]") {
  REQUIRE_THROWS_WITH(Counter().model(), StartsWith("This callback has no model yet: pass it to `fit`"));
  REQUIRE_THROWS_WITH(CallbackRef(std::shared_ptr<Counter>()),
                      "`callbacks` expects callbacks. Received a null pointer.");
}

TEST_CASE("LambdaCallback has a function for every hook", "[callbacks]") {
  auto model = small_model();
  std::string calls;
  LambdaCallback all({.on_epoch_begin = [&](int64_t, Logs&) { calls += "e"; },
                      .on_epoch_end = [&](int64_t, Logs&) { calls += "E"; },
                      .on_train_begin = [&](Logs&) { calls += "r"; },
                      .on_train_end = [&](Logs&) { calls += "R"; },
                      .on_train_batch_begin = [&](int64_t, Logs&) { calls += "b"; },
                      .on_train_batch_end = [&](int64_t, Logs&) { calls += "B"; },
                      .on_test_begin = [&](Logs&) { calls += "t"; },
                      .on_test_end = [&](Logs&) { calls += "T"; },
                      .on_test_batch_begin = [&](int64_t, Logs&) { calls += "s"; },
                      .on_test_batch_end = [&](int64_t, Logs&) { calls += "S"; },
                      .on_predict_begin = [&](Logs&) { calls += "p"; },
                      .on_predict_end = [&](Logs&) { calls += "P"; },
                      .on_predict_batch_begin = [&](int64_t, Logs&) { calls += "q"; },
                      .on_predict_batch_end = [&](int64_t, Logs&) { calls += "Q"; }});

  const auto zeros = Array::zeros({4, 1});
  model.fit(zeros, zeros, {.verbose = 0, .callbacks = {all}, .validation_data = {zeros, zeros}});
  model.predict(zeros, {.verbose = 0, .callbacks = {all}});

  REQUIRE(calls == "rebBtsSTERpqQP");
}

TEST_CASE("TerminateOnNaN stops after the first batch whose loss is not finite", "[callbacks]") {
  const CapturedConsole console;
  auto model = small_model();
  Counter counter;
  auto y = std::vector<float>{0, std::numeric_limits<float>::quiet_NaN(), 0, 0};

  model.fit(Array::zeros({4, 1}), y,
            {.batch_size = 1, .epochs = 3, .verbose = 0, .callbacks = {TerminateOnNaN(), counter}, .shuffle = false});

  REQUIRE(counter.epochs == 1);
  REQUIRE(console.text() == "Batch 1: Invalid loss, terminating training\n");
}

TEST_CASE("TerminateOnNaN can throw instead", "[callbacks]") {
  auto model = small_model();
  auto y = std::vector<float>{std::numeric_limits<float>::infinity(), 0};
  REQUIRE_THROWS_WITH(model.fit(Array::zeros({2, 1}), y,
                                {.batch_size = 1,
                                 .verbose = 0,
                                 .callbacks = {TerminateOnNaN({.raise_error = true})},
                                 .shuffle = false}),
                      "NaN or Inf loss encountered at batch 0. Loss value: inf. Terminating training immediately.");
}

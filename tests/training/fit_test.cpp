#include <cmath>

#include <ATen/Parallel.h>

#include "keraslike/keraslike.h"
#include "keraslike/torch.h"

#include "support/check_layer.h"

using namespace keraslike;

namespace {

void fill(const Model& model) {
  std::vector<Array> weights;
  const Layer& layer = model;
  for (const auto& weight : layer->weights()) weights.emplace_back(test::some_input(weight->shape));
  model.set_weights(weights);
}

void check_close(const std::vector<double>& got, const std::vector<double>& want) {
  REQUIRE(got.size() == want.size());
  for (size_t i = 0; i < got.size(); ++i) CHECK(std::abs(got[i] - want[i]) <= 2e-6 * std::max(1.0, std::abs(want[i])));
}

Array rows_0_to(int64_t count) { return Array::arange(count, DType::Float32).reshape({count, 1}); }

// Records the first value of each row, in the order in which rows are seen in training.
struct OrderImpl final : layers::LayerImpl {
  at::Tensor call(const at::Tensor& input, const CallOptions& options) override {
    if (options.training) {
      for (int64_t i = 0; i < input.size(0); ++i) seen.push_back(input[i][0].item<int64_t>());
    }
    return input;
  }
  std::vector<int64_t> seen;
};

}  // namespace

// keras 3.15.1, torch backend: weights and inputs sin(k + 1) / 2, shuffle=False.
TEST_CASE("A classifier with penalties, class weights and validation takes Keras' course", "[training][golden]") {
  const at::Tensor x = test::some_input({10, 4});
  const at::Tensor y = (x.sum(1, true) > 0).to(at::kFloat);
  Sequential model({Input({4}), layers::Dense(3, {.activation = "relu", .kernel_regularizer = "l2"}),
                    layers::Dense(1, "sigmoid")});
  model.compile({.optimizer = optimizers::Adam(0.01), .loss = "binary_crossentropy", .metrics = {"accuracy", "mae"}});
  fill(model);

  const History history = model.fit(x, y, {.batch_size = 4,
                                           .epochs = 3,
                                           .verbose = 0,
                                           .validation_split = 0.2,
                                           .shuffle = false,
                                           .class_weight = {{0, 1.0}, {1, 2.0}}});

  check_close(history["loss"], {0.9771945, 0.9661825, 0.9576483});
  check_close(history["accuracy"], {0.5, 0.5, 0.5});
  check_close(history["mae"], {0.500474, 0.4969257, 0.4943279});
  check_close(history["val_loss"], {0.3685982, 0.3657946, 0.3640637});
  check_close(history["val_mae"], {0.2970101, 0.2954288, 0.2945113});
  check_close(model.evaluate(x, y, {.verbose = 0}).values(), {0.6926053, 0.6, 0.4527268});
}

TEST_CASE("A seed shuffles rows as Keras' torch backend does", "[training][golden]") {
  auto order = std::make_shared<OrderImpl>();
  Sequential model({Input({1}), Layer(order), layers::Dense(1)});
  model.compile({.optimizer = "sgd", .loss = "mse"});
  torch::manual_seed(7);

  model.fit(rows_0_to(10), rows_0_to(10), {.batch_size = 4, .epochs = 2, .verbose = 0});

  CHECK(order->seen == std::vector<int64_t>{1, 3, 5, 2, 8, 9, 6, 7, 4, 0, 1, 7, 2, 4, 8, 5, 0, 9, 6, 3});
}

TEST_CASE("The same seed gives the same model, bit for bit, whatever the number of threads", "[training]") {
  const auto train = [](int threads) {
    at::set_num_threads(threads);
    set_random_seed(11);
    Sequential model({Input({6}), layers::Dense(8, "relu"), layers::Dropout(0.3), layers::Dense(1)});
    model.compile({.optimizer = "adam", .loss = "mse"});
    model.fit(test::some_input({50, 6}), test::some_input({50, 1}), {.epochs = 3, .verbose = 0});
    return model.get_weights();
  };
  const int threads = at::get_num_threads();
  const auto first = train(1);
  CHECK(train(1) == first);
  CHECK(train(2) == first);
  at::set_num_threads(threads);
}

TEST_CASE("steps_per_epoch goes on through the rows from epoch to epoch", "[training]") {
  auto order = std::make_shared<OrderImpl>();
  Sequential model({Input({1}), Layer(order), layers::Dense(1)});
  model.compile({.optimizer = "sgd", .loss = "mse"});
  model.fit(rows_0_to(6), rows_0_to(6),
            {.batch_size = 2, .epochs = 3, .verbose = 0, .shuffle = false, .steps_per_epoch = 2});
  CHECK(order->seen == std::vector<int64_t>{0, 1, 2, 3, 4, 5, 0, 1, 2, 3});
}

TEST_CASE("epochs is the last index, and none runs where it is reached", "[training]") {
  Sequential model({Input({1}), layers::Dense(1)});
  model.compile({.optimizer = "sgd", .loss = "mse"});
  CHECK(model.fit(rows_0_to(4), rows_0_to(4), {.epochs = 5, .verbose = 0, .initial_epoch = 3})["loss"].size() == 2);
  CHECK(model.fit(rows_0_to(4), rows_0_to(4), {.epochs = 2, .verbose = 0, .initial_epoch = 2}).keys().empty());
}

TEST_CASE("train_on_batch measures before it updates, test_on_batch only measures", "[training]") {
  Sequential model({Input({2}), layers::Dense(1)});
  model.compile({.optimizer = "sgd", .loss = "mse", .metrics = {"mae"}});
  const at::Tensor x = test::some_input({4, 2});
  const at::Tensor y = test::some_input({4, 1});
  const Scores before = model.test_on_batch(x, y);
  const Scores trained = model.train_on_batch(x, y);
  CHECK(trained.values() == before.values());
  CHECK(model.test_on_batch(x, y).loss() < before.loss());
  CHECK(model.predict_on_batch(x).shape() == Shape{4, 1});
  const at::Tensor in_batches = model.predict(x, {.batch_size = 3, .verbose = 0}).tensor();
  CHECK(in_batches.allclose(model.predict_on_batch(x).tensor(), 1e-6, 1e-6));  // kernels differ by number of rows
}

TEST_CASE("Compiling again keeps the loss and the metrics, and the state of the same optimizer", "[training]") {
  Sequential model({Input({1}), layers::Dense(1)});
  const optimizers::Adam adam(0.01);
  model.compile({.optimizer = adam, .loss = "mse", .metrics = {"mae"}});
  model.fit(rows_0_to(4), rows_0_to(4), {.verbose = 0});
  model.compile({.optimizer = adam});
  CHECK(model.fit(rows_0_to(4), rows_0_to(4), {.verbose = 0}).contains("mae"));
  CHECK(adam.iterations() == 2);
}

TEST_CASE("Functions are accepted as losses, metrics and activations", "[training]") {
  const auto absolute = [](const at::Tensor& y_true, const at::Tensor& y_pred) {
    return (y_true - y_pred).abs().mean(-1);
  };
  const auto halved = [](const at::Tensor& x) { return x / 2; };
  Sequential model({Input({2}), layers::Dense(1, {.activation = halved})});
  model.compile({.optimizer = "sgd", .loss = absolute, .metrics = {"mae", absolute}});
  const Scores scores = model.test_on_batch(test::some_input({4, 2}), test::some_input({4, 1}));
  CHECK(scores.loss() == scores["mae"]);
  CHECK(scores.size() == 3);
}

// Training on the second device of support/second_device.h, and on a GPU where there is one.

#include <cmath>
#include <filesystem>
#include <functional>
#include <iostream>

#include "keraslike/keraslike.h"
#include "keraslike/torch.h"
#include "keraslike/training/feeder.h"
#include "support/check_layer.h"
#include "support/second_device.h"

#include "support/catch.h"

using namespace keraslike;

namespace {

// Models and optimizers are made anew for each device.
struct Problem {
  std::function<Model()> make;
  NameOr<Loss> loss = "mse";
  std::vector<NameOr<Metric>> metrics = {};
  std::function<NameOr<Optimizer>()> optimizer = [] { return "adam"; };
  at::Tensor x = test::some_input({11, 6});
  at::Tensor y = test::some_input({11, 3}).abs();
};

struct Course {
  std::vector<std::vector<double>> history;
  std::vector<double> scores;
  std::vector<Array> weights;
  Array predictions;
};

Model dense() {
  return Sequential({Input({6}), layers::Dense(5, {.activation = "tanh", .kernel_regularizer = "l2"}),
                     layers::BatchNormalization(), layers::Dropout(0.2), layers::Dense(3, "softmax")});
}

FitOptions fit_options() {
  return {.batch_size = 4, .epochs = 2, .verbose = 0, .validation_split = 0.2};
}

// Batches of 4 and 1 rows, in an order that is drawn.
Course course_of(const Problem& problem) {
  set_random_seed(5);
  Model model = problem.make();
  model.compile({.optimizer = problem.optimizer(),
                 .loss = problem.loss,
                 .weighted_metrics = problem.metrics,
                 .run_eagerly = config::device() == "cpu"});
  const at::Tensor weights = at::arange(1, problem.x.size(0) + 1, at::kFloat).div(5);
  FitOptions options = fit_options();
  options.sample_weight = weights;
  const History history = model.fit(problem.x, problem.y, options);
  Course course;
  for (const auto& [key, values] : history.history()) course.history.push_back(values);
  course.scores.push_back(model.evaluate(problem.x, problem.y, {.batch_size = 3, .verbose = 0}).loss());
  course.scores.push_back(model.train_on_batch(problem.x, problem.y).loss());
  course.scores.push_back(model.test_on_batch(problem.x, problem.y).loss());
  course.weights = model.get_weights();
  course.predictions = model.predict(problem.x, {.batch_size = 4, .verbose = 0});
  CHECK(model.predict_on_batch(problem.x).tensor().allclose(course.predictions.tensor(), 1e-5, 1e-6));
  return course;
}

void check_close(const std::vector<double>& got, const std::vector<double>& want) {
  REQUIRE(got.size() == want.size());
  for (size_t i = 0; i < got.size(); ++i) {
    const bool is_same = std::isnan(want[i]) ? std::isnan(got[i])
                                             : std::abs(got[i] - want[i]) <= 1e-5 * std::max(1.0, std::abs(want[i]));
    CHECK(is_same);
  }
}

void check_close(const Array& got, const Array& want) {
  CHECK(got.tensor().is_cpu());
  CHECK(at::allclose(got.tensor(), want.tensor(), 1e-5, 1e-6, /*equal_nan=*/true));
}

void check_close(const Course& got, const Course& want) {
  REQUIRE(got.history.size() == want.history.size());
  for (size_t i = 0; i < got.history.size(); ++i) check_close(got.history[i], want.history[i]);
  check_close(got.scores, want.scores);
  REQUIRE(got.weights.size() == want.weights.size());
  for (size_t i = 0; i < got.weights.size(); ++i) check_close(got.weights[i], want.weights[i]);
  check_close(got.predictions, want.predictions);
}

// Trained on the CPU by autograd, and on the second device: the same numbers.
void check_same(const Problem& problem) {
  const Course want = course_of(problem);
  const test::OnSecondDevice on_device;
  check_close(course_of(problem), want);
}

Problem with(std::function<NameOr<Optimizer>()> optimizer) {
  return {.make = dense, .optimizer = std::move(optimizer)};
}

at::Tensor one_hot() { return at::one_hot(at::arange(11).remainder(3), 3).to(at::kFloat); }
// A model with a step of its own.
class TwoPartsImpl final : public models::CustomModelImpl {
 public:
  at::Tensor call(const at::Tensor& input, const layers::CallOptions& options) override {
    return last_(first_(input, options), options);
  }
  Shape output_shape(const Shape& input_shape) const override {
    return last_.compute_output_shape(first_.compute_output_shape(input_shape));
  }

  training::StepLogs train_step(training::BatchStep& step) override {
    const at::Tensor loss = (step.forward().front().tensor - step.y()).square().mean();
    step.update_loss(loss);
    step.apply_gradients(loss);
    return step.results();
  }

 private:
  layers::Dense first_ = track("first", layers::Dense(4, "tanh"));
  layers::Dense last_ = track("last", layers::Dense(3));
};

// Where the model's weights are.
at::Device device_of(const Model& model) { return model.module().parameters().front().device(); }

std::filesystem::path file(const std::string& name) { return std::filesystem::temp_directory_path() / name; }

}  // namespace

TEST_CASE("A model trains on another device as on the CPU", "[training][device]") {
  check_same({.make = dense, .loss = "categorical_crossentropy", .metrics = {"accuracy", "auc"}, .y = one_hot()});
}

TEST_CASE("Images, sequences and graphs train on another device as on the CPU", "[training][device]") {
  check_same({.make = [] {
                return Sequential({Input({6, 6, 2}), layers::Conv2D(3, 3, {.padding = "same", .activation = "relu"}),
                                   layers::MaxPooling2D(), layers::Flatten(), layers::Dense(3)});
              },
              .x = test::some_input({11, 6, 6, 2})});
  check_same({.make = [] {
                return Sequential({Input({6}), layers::Embedding(9, 4, {.mask_zero = true}), layers::LSTM(5),
                                   layers::Dense(3)});
              },
              .x = at::arange(66).remainder(9).reshape({11, 6})});
  check_same({.make = [] {
    const Input input({6});
    const auto hidden = layers::Dense(3, "relu")(input);
    return Model({.inputs = input, .outputs = layers::Add()({hidden, layers::Dense(3)(hidden)})});
  }});
}

TEST_CASE("Weights that are cast at each call are so on another device", "[training][device][dtype]") {
  const auto policy = GENERATE(as<std::string>(), "mixed_bfloat16", "float64");
  check_same({.make = [policy] {
    return Sequential({Input({6}), layers::Dense(5, {.activation = "tanh", .dtype = policy}),
                       layers::BatchNormalization({.dtype = policy}), layers::Dense(3, {.dtype = "float32"})});
  }});
}

TEST_CASE("Models of the user's own, and modules of LibTorch's, train on another device as on the CPU",
          "[training][device]") {
  check_same({.make = [] { return Model::of<TwoPartsImpl>(); }});
  check_same({.make = [] {
    torch::nn::Sequential module(torch::nn::Linear(6, 4), torch::nn::BatchNorm1d(4), torch::nn::Linear(4, 3));
    return Sequential({Input({6}), layers::TorchModule(module), layers::Lambda([](const at::Tensor& x) {
                         return x * 2.0;
                       })});
  }});
}

TEST_CASE("What is learned before training, and kept between batches, goes to the device", "[training][device]") {
  check_same({.make = [] {
    const layers::Normalization normalization;
    normalization.adapt(test::some_input({11, 6}));
    return Sequential({Input({6}), normalization, layers::Dense(3)});
  }});
  const auto remembered = [] {
    set_random_seed(3);
    Model model = Sequential({Input({5, 3}, {.batch_size = 2}), layers::GRU(4, {.stateful = true})});
    model.predict(test::some_input({2, 5, 3}), {.batch_size = 2, .verbose = 0});
    return model.predict(test::some_input({2, 5, 3}), {.batch_size = 2, .verbose = 0});
  };
  const Array want = remembered();
  const test::OnSecondDevice on_device;
  check_close(remembered(), want);
}

TEST_CASE("Callbacks stop, keep and average models on another device as on the CPU", "[training][device][callbacks]") {
  const std::string best = file("best_on_device.weights.h5").string();
  const auto course = [&] {
    set_random_seed(3);
    Model model = dense();
    model.compile({.optimizer = optimizers::SGD(0.5, {.use_ema = true}), .loss = "mse", .run_eagerly = true});
    callbacks::EarlyStopping stopping({.monitor = "loss", .patience = 1, .restore_best_weights = true});
    callbacks::ModelCheckpoint checkpoint(best, {.monitor = "loss", .save_best_only = true, .save_weights_only = true});
    callbacks::SwapEMAWeights averages;
    model.fit(test::some_input({8, 6}), test::some_input({8, 3}),
              {.epochs = 4, .verbose = 0, .callbacks = {stopping, checkpoint, averages}});
    std::vector<Array> weights = model.get_weights();
    model.load_weights(best);
    for (Array& weight : model.get_weights()) weights.push_back(std::move(weight));
    return weights;
  };
  const auto want = course();
  const test::OnSecondDevice on_device;
  const auto got = course();
  REQUIRE(got.size() == want.size());
  for (size_t i = 0; i < got.size(); ++i) check_close(got[i], want[i]);
}

TEST_CASE("Rows in their order, and shuffled within batches, train on another device as on the CPU",
          "[training][device]") {
  const auto mode = GENERATE(as<std::string>(), "off", "rows", "batch");
  const auto losses = [&] {
    set_random_seed(5);
    Model model = dense();
    model.compile({.loss = "mse", .run_eagerly = config::device() == "cpu"});
    FitOptions options{.batch_size = 4, .epochs = 3, .verbose = 0};
    if (mode == "off") options.shuffle = false;
    if (mode == "batch") options.shuffle = "batch";
    return model.fit(test::some_input({11, 6}), test::some_input({11, 3}), options)["loss"];
  };
  const auto want = losses();
  const test::OnSecondDevice on_device;
  check_close(losses(), want);
}

TEST_CASE("The next batch is sent while the one before is computed, and no sooner than its rows are known",
          "[training][device]") {
  const training::Samples samples{.x = {at::arange(6, at::kFloat)}, .y = {}, .weights = {}};
  const auto second_batch = [&](Shuffle::Mode mode, at::Device device) {
    samples.x.front().copy_(at::arange(6));
    training::BatchStream stream(samples, 2, mode, std::nullopt);
    training::Feeder feeder(samples);
    stream.begin_epoch();
    feeder.take(*stream.next_rows(), device);
    feeder.send_ahead(stream);
    samples.x.front().fill_(9.0);  // which tells what is read later
    return feeder.take(*stream.next_rows(), device).x.front().cpu().max().item<float>();
  };
  using enum Shuffle::Mode;

  CHECK(second_batch(Off, test::second_device()) == 3.0F);
  CHECK(second_batch(Rows, test::second_device()) < 6.0F);
  CHECK(second_batch(WithinBatches, test::second_device()) == 9.0F);  // these would be drawn too early
  CHECK(second_batch(Off, at::kCPU) == 9.0F);
}

TEST_CASE("Every optimizer steps on another device as on the CPU", "[training][device][optimizers]") {
  for (const std::string& name : registry<optimizers::OptimizerImpl>().classes()) {
    if (name == "LossScaleOptimizer" || name.find('>') != std::string::npos) continue;  // needs one to wrap: below
    INFO(name);
    check_same(with([name] { return name; }));
  }
  check_same(with([] { return optimizers::LossScaleOptimizer("sgd", {.initial_scale = 8.0}); }));
  check_same(with([] {
    return optimizers::Adam(0.01, {.clipnorm = 0.5, .use_ema = true, .gradient_accumulation_steps = 2});
  }));
  check_same(with([] {
    return optimizers::SGD(0.1, {.momentum = 0.9, .weight_decay = 0.1, .global_clipnorm = 0.5});
  }));
}

TEST_CASE("A seed means the same weights on every device, and arrays of them are in main memory",
          "[training][device]") {
  const auto drawn = [] {
    set_random_seed(3);
    return dense();
  };
  const Model on_cpu = drawn();
  const test::OnSecondDevice on_device;
  const Model model = drawn();

  CHECK(device_of(model) == test::second_device());
  for (const at::Tensor& buffer : model.module().buffers()) CHECK(buffer.device() == test::second_device());
  CHECK(model.get_weights() == on_cpu.get_weights());
  model.set_weights(on_cpu.get_weights());
  CHECK(device_of(model) == test::second_device());
}

TEST_CASE("A model saved on one device goes on training on another", "[training][device][saving]") {
  const auto trained = [](Model model) {
    const FitOptions options{.epochs = 2, .verbose = 0, .shuffle = false};
    return model.fit(test::some_input({8, 6}), test::some_input({8, 3}), options)["loss"];
  };
  const auto fresh = [] {
    set_random_seed(3);
    Model model = Sequential({Input({6}), layers::Dense(4, "tanh"), layers::BatchNormalization(), layers::Dense(3)});
    model.compile({.optimizer = "adam", .loss = "mse", .run_eagerly = true});
    return model;
  };
  const Model on_cpu = fresh();
  trained(on_cpu);
  on_cpu.save(file("from_cpu.keras").string());
  const auto want = trained(on_cpu);
  {
    const test::OnSecondDevice on_device;
    const Model loaded = models::load_model(file("from_cpu.keras").string());
    CHECK(device_of(loaded) == test::second_device());
    loaded.save(file("from_device.keras").string());
    check_close(trained(loaded), want);
  }
  const Model back = models::load_model(file("from_device.keras").string());
  CHECK(device_of(back) == at::kCPU);
  check_close(trained(back), want);
}

TEST_CASE("Weights that LibTorch moves take the training along", "[training][device]") {
  const auto losses = [](bool moves) {
    set_random_seed(3);
    Model model = dense();
    model.compile({.optimizer = optimizers::Adam(0.01, {.use_ema = true}), .loss = "mse", .run_eagerly = true});
    const auto fit = [&] {
      return model.fit(test::some_input({8, 6}), test::some_input({8, 3}), {.epochs = 2, .verbose = 0})["loss"];
    };
    std::vector<double> all = fit();
    if (moves) model.module().to(test::second_device());
    for (const double loss : fit()) all.push_back(loss);
    CHECK(device_of(model) == (moves ? test::second_device() : at::Device(at::kCPU)));
    if (moves) model.module().to(at::kCPU);
    for (const double loss : fit()) all.push_back(loss);
    all.push_back(model.predict(test::some_input({8, 6}), {.verbose = 0}).tensor().sum().item<double>());
    return all;
  };
  check_close(losses(true), losses(false));
}

TEST_CASE("A callback may move the model in the midst of an epoch", "[training][device]") {
  Model model = dense();
  model.compile({.loss = "mse"});
  int64_t steps = 0;
  callbacks::LambdaCallback move({.on_train_batch_end = [&](int64_t step, Logs&) {
    ++steps;
    if (step == 1) model.module().to(test::second_device());
  }});
  model.fit(test::some_input({12, 6}), test::some_input({12, 3}),
            {.batch_size = 4, .verbose = 0, .callbacks = {move}});
  CHECK(steps == 3);
  CHECK(device_of(model) == test::second_device());
}

TEST_CASE("Texts are looked up in main memory for a network on another device", "[training][device]") {
  const auto predicted = [] {
    set_random_seed(3);
    Model model = Sequential({Input({1}, {.dtype = "string"}),
                              layers::TextVectorization({.output_sequence_length = 4, .vocabulary = {"a", "b", "c"}}),
                              layers::Embedding(6, 3), layers::Flatten(), layers::Dense(2)});
    model.compile({.loss = "mse", .run_eagerly = config::device() == "cpu"});
    const Strings texts{{"a b"}, {"b c a"}, {"d"}};
    model.fit(texts, test::some_input({3, 2}), {.batch_size = 2, .epochs = 2, .verbose = 0});
    return model.predict(texts, {.verbose = 0});
  };
  const Array want = predicted();
  const test::OnSecondDevice on_device;
  check_close(predicted(), want);
}

TEST_CASE("Words and crossed features are looked up for another device", "[training][device]") {
  const auto predicted = [] {
    const Input words({2}, {.dtype = "string"});
    const auto ids = layers::StringLookup({.vocabulary = {"a", "b"}, .output_mode = "multi_hot"})(words);
    const Input first({1}, {.dtype = "int64"});
    const auto crossed = layers::HashedCrossing(5, {.output_mode = "one_hot"})({first, first});
    Model model({.inputs = {words, first}, .outputs = layers::Concatenate()({ids, crossed})});
    return model.predict(Data::list(Strings{{"a", "b"}, {"b", "z"}}, Array{{3}, {4}}), {.verbose = 0});
  };
  const Array want = predicted();
  const test::OnSecondDevice on_device;
  check_close(predicted(), want);
}

TEST_CASE("Steps are planned on the CPU alone, and models on other devices say so", "[training][device][errors]") {
  const test::OnSecondDevice on_device;
  Model model = Sequential({Input({6}), layers::Dense(3)}, {.name = "far"});
  model.compile({.loss = "mse"});
  model.fit(test::some_input({8, 6}), test::some_input({8, 3}), {.verbose = 0});

  const std::string reason = "it computes on " + config::device() + ", and plans are for the CPU";
  CHECK(why_eager(model) == reason);
  CHECK_THROWS_WITH(Predictor(model), Equals("A Predictor can not be made of model 'far': " + reason +
                                             ". Use `model.predict`."));
  model.compile({.loss = "mse", .jit_compile = true});
  CHECK_THROWS_WITH(model.fit(test::some_input({8, 6}), test::some_input({8, 3}), {.verbose = 0}),
                    Equals("`jit_compile=true` asks for a planned step, but model 'far' can not be planned: " + reason +
                           ". Leave it at \"auto\", which runs such a model on LibTorch's autograd."));

  model.compile({.loss = "mse"});
  model.module().to(at::kCPU);
  model.fit(test::some_input({8, 6}), test::some_input({8, 3}), {.verbose = 0});
  CHECK(why_eager(model).empty());
}

TEST_CASE("A GPU trains as the CPU does", "[training][device][gpu]") {
  if (!torch::cuda::is_available()) {
    std::cout << "SKIPPED: \"A GPU trains as the CPU does\" needs a LibTorch with CUDA and a GPU\n";
    return;
  }
  const auto problem = [] {
    return Problem{
        .make = dense, .loss = "categorical_crossentropy", .metrics = {"accuracy"}, .y = one_hot()};
  };
  const Course want = course_of(problem());
  config::set_device("cuda");
  const Course got = course_of(problem());
  config::set_device("cpu");
  check_close(got.history.front(), want.history.front());
  check_close(got.scores, want.scores);
}

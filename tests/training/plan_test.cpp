#include <functional>

#include "keraslike/keraslike.h"
#include "keraslike/torch.h"

#include "training/planned_and_eager.h"

using namespace keraslike;
using namespace test;

namespace {

struct MineImpl final : layers::LayerImpl {
  at::Tensor call(const at::Tensor& input, const CallOptions&) override { return input; }
};

}  // namespace

TEST_CASE("A planned step trains Dense with any activation as autograd does", "[training][plan]") {
  const std::string activation =
      GENERATE("linear", "relu", "relu6", "leaky_relu", "elu", "celu", "selu", "gelu", "silu", "mish", "softplus",
               "softsign", "tanh", "sigmoid", "hard_sigmoid", "hard_silu", "hard_tanh", "tanh_shrink", "log_sigmoid",
               "exponential", "softmax", "log_softmax", "squareplus", "sparse_plus", "soft_shrink", "hard_shrink");
  INFO(activation);

  check_same([&] {
    return with_layers([&] { return Layers{Input({6}), layers::Dense(5, activation), layers::Dense(3)}; });
  });
}

TEST_CASE("A planned step trains a function of the user's as activation", "[training][plan]") {
  check_same([] {
    return with_layers([] {
      const Activation cube = [](const at::Tensor& x) { return x * x * x; };
      return Layers{Input({6}), layers::Dense(5, {.activation = cube}), layers::Dense(3)};
    });
  });
}

TEST_CASE("A planned step trains each layer that has one as autograd does", "[training][plan]") {
  const auto [name, make] = GENERATE(table<std::string, MakeLayers>({
      {"no bias", [] { return Layers{Input({6}), layers::Dense(5, {.use_bias = false}), layers::Dense(3)}; }},
      {"dropout", [] { return Layers{Input({6}), layers::Dense(8), layers::Dropout(0.4), layers::Dense(3)}; }},
      {"dropout first", [] { return Layers{Input({6}), layers::Dropout(0.4), layers::Dense(3)}; }},
      {"reshape",
       [] {
         return Layers{Input({6}), layers::Reshape({2, 3}), layers::Dense(4, "relu"), layers::Flatten(),
                       layers::Dense(3)};
       }},
      {"activation layers",
       [] {
         return Layers{Input({6}),          layers::Dense(5),      layers::ReLU(),    layers::Dense(5),
                       layers::LeakyReLU(), layers::ELU(),         layers::Softmax(), layers::Activation("tanh"),
                       layers::Dense(3),    layers::ReLU({.max_value = 2.0})};
       }},
      {"nested",
       [] {
         return Layers{Input({6}), Sequential({layers::Dense(5, "tanh"), layers::Dropout(0.2)}), layers::Dense(3)};
       }},
      {"penalties",
       [] {
         return Layers{Input({6}), layers::Dense(5, {.kernel_regularizer = "l2", .bias_regularizer = "l1"}),
                       layers::Dense(3, {.kernel_regularizer = "l1l2"})};
       }},
      {"constraint",
       [] { return Layers{Input({6}), layers::Dense(5, {.kernel_constraint = "non_neg"}), layers::Dense(3)}; }},
      {"frozen",
       [] {
         return Layers{Input({6}), layers::Dense(5, {.trainable = false}), layers::Dense(4, "tanh"),
                       layers::Dense(3, {.trainable = false})};
       }},
      {"convolutions",
       [] {
         return Layers{Input({6}),
                       layers::Reshape({6, 1}),
                       layers::Conv1D(4, 3, {.padding = "same", .activation = "relu"}),
                       layers::BatchNormalization(),
                       layers::MaxPooling1D(2),
                       layers::Conv1D(4, 2, {.padding = "causal"}),
                       layers::LayerNormalization(),
                       layers::AveragePooling1D(2, {.padding = "same"}),
                       layers::Flatten(),
                       layers::Dense(3)};
       }},
      {"noise",
       [] {
         return Layers{Input({6}), layers::GaussianNoise(0.1), layers::Dense(8), layers::GaussianDropout(0.3),
                       layers::AlphaDropout(0.2), layers::Dropout(0.3, {.seed = 3}), layers::Dense(3)};
       }},
      {"sequences",
       [] {
         return Layers{Input({6}), layers::Reshape({3, 2}), layers::LSTM(5, {.return_sequences = true}),
                       layers::GRU(20, {.return_sequences = true, .go_backwards = true}),
                       layers::LSTM(17, {.go_backwards = true}), layers::Dense(3)};
       }},
      {"gated units",
       [] {
         return Layers{Input({6}),
                       layers::Reshape({6, 1}),
                       layers::GRU(4, {.use_bias = false, .return_sequences = true}),
                       layers::LSTM(8, {.use_bias = false, .return_sequences = true}),
                       layers::GRU(3),
                       layers::Dense(3)};
       }},
      {"sequences by autograd",
       [] {
         return Layers{Input({6}), layers::Reshape({3, 2}), layers::SimpleRNN(4, {.return_sequences = true}),
                       layers::LSTM(4, {.dropout = 0.2, .recurrent_dropout = 0.2, .return_sequences = true}),
                       layers::LSTM(4, {.activation = "relu", .return_sequences = true}),
                       layers::GRU(5, {.reset_after = false}), layers::Dense(3)};
       }},
      {"frozen sequences",
       [] {
         return Layers{Input({6}), layers::Reshape({3, 2}), layers::LSTM(4, {.return_sequences = true}),
                       layers::LSTM(4, {.return_sequences = true, .trainable = false}),
                       layers::GRU(4, {.trainable = false}), layers::Dense(3)};
       }},
      {"identity", [] { return Layers{Input({6}), layers::Identity(), layers::Dense(3)}; }},
  }));
  INFO(name);

  check_same([&] { return with_layers(make); });
}

TEST_CASE("A planned step shares large batches of sequences among threads", "[training][plan]") {
  check_same([] {
    const auto layers = [] {
      return Layers{Input({160}), layers::Reshape({20, 8}), layers::LSTM(40, {.return_sequences = true}),
                    layers::GRU(40), layers::Dense(70, "tanh"), layers::Dense(3)};
    };
    return Problem{.layers = layers,
                   .x = test::some_input({75, 160}),
                   .y = test::some_input({75, 3}),
                   .batch_size = 37};
  });
}

TEST_CASE("A planned step trains wide layers as autograd does", "[training][plan]") {
  check_same([] {
    const auto layers = [] {
      return Layers{Input({150}), layers::Dense(333, "tanh"), layers::Dense(130, "relu"), layers::Dense(3)};
    };
    return Problem{.layers = layers,
                   .x = test::some_input({101, 150}),
                   .y = test::some_input({101, 3}),
                   .batch_size = 67};
  });
}

TEST_CASE("A planned step follows each optimizer", "[training][plan]") {
  const std::string optimizer = GENERATE("sgd", "rmsprop", "adam", "adamw", "nadam", "adamax", "adagrad", "adadelta",
                                         "lion", "ftrl", "adafactor");
  INFO(optimizer);

  check_same([&] {
    return Problem{.layers = [] { return Layers{Input({6}), layers::Dense(5, "tanh"), layers::Dense(3)}; },
                   .optimizer = optimizer};
  });
}

TEST_CASE("A planned step keeps clipping, accumulation, averages and the scale of the loss", "[training][plan]") {
  const auto options = GENERATE(optimizers::AdamOptions{.clipnorm = 0.1}, optimizers::AdamOptions{.clipvalue = 0.01},
                                optimizers::AdamOptions{.global_clipnorm = 0.1},
                                optimizers::AdamOptions{.weight_decay = 0.1},
                                optimizers::AdamOptions{.use_ema = true, .ema_overwrite_frequency = 2},
                                optimizers::AdamOptions{.loss_scale_factor = 8.0},
                                optimizers::AdamOptions{.gradient_accumulation_steps = 2});

  check_same([&] {
    return Problem{.layers = [] { return Layers{Input({6}), layers::Dense(5, "tanh"),
                                                layers::Dense(3, {.kernel_regularizer = "l2"})}; },
                   .optimizer = optimizers::Adam(options)};
  });
}

TEST_CASE("A planned step knows the regression losses, weighted or not", "[training][plan]") {
  const std::string loss = GENERATE("mse", "mae", "huber", "log_cosh", "mape", "cosine_similarity", "hinge");
  const bool weighted = GENERATE(false, true);
  INFO(loss << (weighted ? ", weighted" : ""));

  check_same([&] {
    return Problem{.layers = [] { return Layers{Input({6}), layers::Dense(3, "tanh")}; },
                   .loss = loss,
                   .sample_weight = weighted ? Data(test::some_input({11}).abs()) : Data()};
  });
}

TEST_CASE("A planned step knows the reductions", "[training][plan]") {
  const std::string reduction = GENERATE("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight");

  check_same([&] {
    return Problem{.layers = [] { return Layers{Input({6}), layers::Dense(3)}; },
                   .loss = losses::MeanSquaredError({.reduction = reduction}),
                   .sample_weight = test::some_input({11}).abs()};
  });
}

TEST_CASE("A planned step knows losses over the steps of a sequence", "[training][plan]") {
  const int64_t width = GENERATE(1, 3);

  check_same([&] {
    return Problem{.layers = [&] { return Layers{Input({5, 6}), layers::Dense(width, "sigmoid")}; },
                   .loss = "binary_crossentropy",
                   .x = test::some_input({11, 5, 6}),
                   .y = test::some_input({11, 5, width}).abs(),
                   .sample_weight = test::some_input({11}).abs()};
  });
}

TEST_CASE("A planned step knows the crossentropies", "[training][plan]") {
  const bool from_logits = GENERATE(false, true);
  const double smoothing = GENERATE(0.0, 0.2);
  const std::string kind = GENERATE("binary", "categorical", "binary focal");
  INFO(kind << (from_logits ? " of logits" : " of probabilities") << ", smoothing " << smoothing);
  const at::Tensor labels = at::arange(11, at::kLong).remainder(3);

  check_same([&] {
    Problem problem{.layers = [&] {
      return Layers{Input({6}),
                    layers::Dense(3, from_logits ? "linear" : kind == "categorical" ? "softmax" : "sigmoid")};
    }};
    problem.y = at::one_hot(labels, 3).to(at::kFloat);
    if (kind == "binary") {
      problem.loss = losses::BinaryCrossentropy({.from_logits = from_logits, .label_smoothing = smoothing});
    } else if (kind == "categorical") {
      problem.loss = losses::CategoricalCrossentropy({.from_logits = from_logits, .label_smoothing = smoothing});
    } else {
      problem.loss = losses::BinaryFocalCrossentropy({.from_logits = from_logits});
    }
    return problem;
  });
}

TEST_CASE("A planned step knows class numbers as targets", "[training][plan]") {
  const bool from_logits = GENERATE(false, true);
  set_random_seed(1);
  const auto train_with = [&](bool run_eagerly) {
    set_random_seed(5);
    Sequential model({Input({6}), layers::Dense(3, from_logits ? "linear" : "softmax")});
    model.compile({.loss = losses::SparseCategoricalCrossentropy({.from_logits = from_logits}),
                   .metrics = {"accuracy"},
                   .run_eagerly = run_eagerly});
    return model.fit(test::some_input({11, 6}), at::arange(11, at::kLong).remainder(3),
                     {.batch_size = 4, .epochs = 3, .verbose = 0});
  };

  const History planned = train_with(false);
  const History eager = train_with(true);

  check_close(planned["loss"], eager["loss"]);
  check_close(planned["accuracy"], eager["accuracy"]);
}

TEST_CASE("A planned step trains a graph whose tensors several layers read", "[training][plan]") {
  const auto train_with = [](const JitCompile& jit_compile, bool run_eagerly) {
    set_random_seed(5);
    const auto left = Input({6});
    const auto right = Input({4});
    const auto h = layers::Dense(5, "tanh")(left);
    const auto both = layers::Concatenate()({layers::Dense(3, "relu")(h), layers::Dropout(0.2)(h), right});
    const auto sum = layers::Add()({layers::Dense(5)(both), h});
    Model model({.inputs = {left, right}, .outputs = {layers::Dense(3)(sum), layers::Dense(1)(h)}});
    model.compile({.loss = "mse", .run_eagerly = run_eagerly, .jit_compile = jit_compile});
    return model.fit({test::some_input({11, 6}), test::some_input({11, 4})},
                     {test::some_input({11, 3}), test::some_input({11, 1})},
                     {.batch_size = 4, .epochs = 3, .verbose = 0})["loss"];
  };

  check_close(train_with(true, false), train_with("auto", true));
}

TEST_CASE("jit_compile=true names the layer that can not be planned", "[training][plan]") {
  Sequential model({Input({6}), Layer::of<MineImpl>(), layers::Dense(3)});
  model.compile({.loss = "mse", .jit_compile = true});

  REQUIRE_THROWS_WITH(model.fit(test::some_input({4, 6}), test::some_input({4, 3}), {.verbose = 0}),
                      ContainsSubstring("`jit_compile=true`") && ContainsSubstring("(of type Mine)"));
  CHECK_THROWS_WITH(model.train_on_batch(test::some_input({4, 6}), test::some_input({4, 3})),
                    ContainsSubstring("(of type Mine)"));  // and does not train otherwise the second time
}

TEST_CASE("A planned step measures whole numbers as autograd does", "[training][plan]") {
  const auto loss_with = [](bool run_eagerly) {
    Sequential model({Input({3}), layers::Discretization({.bin_boundaries = {-0.2, 0.3}})});
    model.compile({.loss = "mse", .run_eagerly = run_eagerly});
    return model.evaluate(test::some_input({4, 3}), test::some_input({4, 3}), {.verbose = 0}).loss();
  };

  CHECK(loss_with(false) == loss_with(true));
  CHECK(loss_with(false) > 0);
}

TEST_CASE("A plan follows weights that are moved, frozen or replaced between steps", "[training][plan]") {
  const auto train_with = [&](bool run_eagerly) {
    set_random_seed(5);
    Sequential model({Input({6}), layers::Dense(4, "tanh"), layers::Dense(3)});
    model.compile({.optimizer = "sgd", .loss = "mse", .run_eagerly = run_eagerly});
    const at::Tensor x = test::some_input({4, 6});
    const at::Tensor y = test::some_input({4, 3});
    model.train_on_batch(x, y);
    for (auto& parameter : model.module().parameters()) parameter.set_data(parameter.detach() * 2);
    model.train_on_batch(x, y);
    model.layers()[0].set_trainable(false);
    model.train_on_batch(x, y);
    model.layers()[0].set_trainable(true);
    return model.train_on_batch(x, y).loss();
  };

  CHECK(std::abs(train_with(false) - train_with(true)) < 1e-6);
}

TEST_CASE("A metric may keep the tensors that it is given", "[training][plan]") {
  std::vector<at::Tensor> kept;
  Sequential model({Input({6}), layers::Dense(3)});
  model.compile({.loss = "mse", .metrics = {Metric([&](const at::Tensor& y_true, const at::Tensor& y_pred) {
                   kept.push_back(y_true);
                   return (y_true - y_pred).abs();
                 })}});
  const at::Tensor y = test::some_input({11, 3});

  model.fit(test::some_input({11, 6}), y, {.batch_size = 4, .verbose = 0, .shuffle = false});

  CHECK(at::equal(at::cat(kept), y));
}

TEST_CASE("A model says why it is not planned", "[training][plan]") {
  const at::Tensor x = test::some_input({4, 6});
  const auto why = [&](std::vector<SequentialItem> items, bool run_eagerly) {
    Sequential model(std::move(items));
    model.compile({.loss = "mse", .run_eagerly = run_eagerly});
    model.train_on_batch(x, x);
    return why_eager(model);
  };

  CHECK(why({Input({6}), layers::Dense(6)}, false).empty());
  CHECK(why({Input({6}), layers::Dense(6)}, true) == "`compile` was told `run_eagerly` or no `jit_compile`");
  CHECK(why({Input({6}), Layer(std::make_shared<MineImpl>()), layers::Dense(6)}, false).find("has no planned step") !=
        std::string::npos);
}

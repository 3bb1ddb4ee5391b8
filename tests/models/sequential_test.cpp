#include "keraslike/keraslike.h"
#include "keraslike/torch.h"

#include "support/catch.h"

using namespace keraslike;

namespace {

std::string summary_of(const Model& model, SummaryOptions options = {}) {
  std::string text;
  options.print_fn = [&](const std::string& printed) { text = printed; };
  options.line_length = 76;
  model.summary(options);
  return text;
}

}  // namespace

TEST_CASE("A Sequential that knows its input has weights at once; another at its first data", "[models]") {
  Sequential known({Input({3}), layers::Dense(2)});
  CHECK(known.built());
  CHECK(known.get_weights().size() == 2);
  CHECK(known.output_shape() == Shape{none, 2});

  Sequential older({layers::Dense(2, {.input_shape = Shape{3}})});
  CHECK(older.built());
  CHECK(older.input_shape() == Shape{none, 3});

  Sequential deferred({layers::Dense(2)});
  CHECK_FALSE(deferred.built());
  CHECK(deferred.get_weights().empty());
  deferred.predict({{1.0, 2.0, 3.0}}, {.verbose = 0});
  CHECK(deferred.built());
  CHECK(deferred.count_params() == 8);
}

TEST_CASE("add, pop and get_layer change and find layers", "[models]") {
  Sequential model;
  model.add(Input({4}));
  model.add(layers::Dense(3, {.name = "first"}));
  model.add(layers::Dense(2, {.name = "second"}));
  CHECK(model.layers().size() == 2);
  CHECK(model.output_shape() == Shape{none, 2});
  CHECK(model.get_layer("first") == model.get_layer(0));
  CHECK(model.module().named_parameters().contains("first.linear.weight"));

  model.pop();
  CHECK(model.output_shape() == Shape{none, 3});
  CHECK(model.count_params() == 15);
  CHECK_THROWS_WITH(model.add(Input({4})), ContainsSubstring("`Input` must come first"));
}

TEST_CASE("A model inside a model shares its weights", "[models]") {
  Sequential inner({Input({4}), layers::Dense(3)});
  Sequential outer({inner, layers::Dense(1)});
  CHECK(outer.built());
  CHECK(outer.get_weights().size() == 4);
  inner.set_weights({Array::zeros({4, 3}), Array::zeros({3})});
  CHECK(outer.get_weights()[0] == Array::zeros({4, 3}));
}

TEST_CASE("What is frozen does not train", "[models]") {
  Sequential model({Input({2}), layers::Dense(2), layers::Dense(1)});
  model.layers()[0].set_trainable(false);
  model.compile({.optimizer = "adam", .loss = "mse"});
  const auto before = model.get_weights();
  model.fit({{1.0, 2.0}, {3.0, 4.0}}, {{1.0}, {0.0}}, {.verbose = 0});
  const auto after = model.get_weights();
  CHECK(after[0] == before[0]);
  CHECK(after[1] == before[1]);
  CHECK_FALSE(after[2] == before[2]);
}

// Text of Keras 3.15.1 for the same model with line_length=76.
TEST_CASE("summary prints Keras' table", "[models]") {
  Sequential model(
      {Input({28, 28, 1}), layers::Conv2D(32, 3, {.name = "conv2d"}),
       layers::MaxPooling2D(2, {.name = "max_pooling2d"}), layers::BatchNormalization({.name = "batch_normalization"}),
       layers::Flatten({.name = "flatten"}), layers::Dense(10, {.name = "dense"})},
      {.name = "net"});
  CHECK(summary_of(model) ==
        "Model: \"net\"\n"
        "┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓\n"
        "┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃\n"
        "┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩\n"
        "│ conv2d (Conv2D)                 │ (None, 26, 26, 32)     │           320 │\n"
        "├─────────────────────────────────┼────────────────────────┼───────────────┤\n"
        "│ max_pooling2d (MaxPooling2D)    │ (None, 13, 13, 32)     │             0 │\n"
        "├─────────────────────────────────┼────────────────────────┼───────────────┤\n"
        "│ batch_normalization             │ (None, 13, 13, 32)     │           128 │\n"
        "│ (BatchNormalization)            │                        │               │\n"
        "├─────────────────────────────────┼────────────────────────┼───────────────┤\n"
        "│ flatten (Flatten)               │ (None, 5408)           │             0 │\n"
        "├─────────────────────────────────┼────────────────────────┼───────────────┤\n"
        "│ dense (Dense)                   │ (None, 10)             │        54,090 │\n"
        "└─────────────────────────────────┴────────────────────────┴───────────────┘\n"
        " Total params: 54,538 (213.04 KB)\n"
        " Trainable params: 54,474 (212.79 KB)\n"
        " Non-trainable params: 64 (256.00 B)\n");
}

TEST_CASE("summary counts the optimizer's state once it has some", "[models]") {
  Sequential model({Input({3}), layers::Dense(3), layers::Dense(1, {.use_bias = false})});
  model.compile({.optimizer = "adam", .loss = "mse"});
  CHECK(summary_of(model).find("Optimizer") == std::string::npos);
  model.fit({{1.0, 2.0, 3.0}}, {{1.0}}, {.verbose = 0});
  CHECK_THAT(summary_of(model), ContainsSubstring(" Optimizer params: 32 (128.00 B)"));
  CHECK_THAT(summary_of(model), ContainsSubstring(" Total params: 47 (188.00 B)"));
  CHECK_THAT(summary_of(Sequential({layers::Dense(1)})), ContainsSubstring("0 (unbuilt)"));
}

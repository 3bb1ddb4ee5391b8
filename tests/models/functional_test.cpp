#include "keraslike/models/functional_impl.h"

#include "data/files.h"
#include "keraslike/keraslike.h"
#include "keraslike/torch.h"

#include "support/catch.h"

using namespace keraslike;

namespace {

Array rows(int64_t count, int64_t columns, double shift = 0) {
  return Array(at::arange(count * columns, at::kFloat).add(shift).sin().reshape({count, columns}));
}

// Two inputs, a shared layer, two outputs.
Model two_ends() {
  const Input left({6}, {.name = "left"});
  const Input right({4}, {.name = "right"});
  const auto joined = layers::Concatenate()({layers::Dense(8, "relu")(left), layers::Dense(8, "relu")(right)});
  return Model({.inputs = {left, right},
                .outputs = {layers::Dense(1, {.name = "price"})(joined),
                            layers::Dense(3, {.activation = "softmax", .name = "kind"})(joined)},
                .name = "ends"});
}

std::vector<std::string> names_of(const std::vector<Layer>& layers) {
  std::vector<std::string> names;
  for (const Layer& layer : layers) names.push_back(layer.name());
  return names;
}

std::string summary_of(const Model& model, SummaryOptions options = {}) {
  std::string text;
  options.print_fn = [&](const std::string& part) { text += part; };
  model.summary(options);
  return text;
}

}  // namespace

TEST_CASE("A graph computes what its layers compute", "[functional]") {
  const Input input({3});
  const layers::Dense first(4, "tanh");
  const layers::Dense second(2);
  const auto hidden = first(input);
  Model model({.inputs = input, .outputs = second(hidden)});

  CHECK(hidden.shape() == Shape{none, 4});
  CHECK(model.input_shape() == Shape{none, 3});
  CHECK(model.output_shape() == Shape{none, 2});
  const Array x = rows(5, 3);
  CHECK(model.predict(x, {.verbose = 0}).tensor().allclose(second(first(x.tensor())), 1e-6, 1e-7));
  CHECK(model.layers().size() == 3);
  CHECK(model.get_layer(1) == first);
}

TEST_CASE("Layers are ordered as Keras orders them", "[functional]") {
  // keras.Model([a, b], out) with out <- concatenate <- (da <- a, b), as keras_semantics A.4 says.
  const Input a({2}, {.name = "a"});
  const Input b({2}, {.name = "b"});
  const auto joined = layers::Concatenate({.name = "joined"})({layers::Dense(2, {.name = "da"})(a), b});
  const Model model({.inputs = {a, b}, .outputs = layers::Dense(1, {.name = "out"})(joined)});
  CHECK(names_of(model.layers()) == std::vector<std::string>{"a", "da", "b", "joined", "out"});
}

TEST_CASE("A shared layer is one layer with one set of weights", "[functional]") {
  const Input a({3});
  const Input b({3});
  const layers::Dense shared(2);
  Model model({.inputs = {a, b}, .outputs = layers::Add()({shared(a), shared(b)})});
  CHECK(model.get_weights().size() == 2);
  const Array x = rows(4, 3);
  const at::Tensor twice = shared(x.tensor()) * 2;
  CHECK(model.predict({x, x}, {.verbose = 0}).tensor().allclose(twice));
}

TEST_CASE("Several outputs train with a loss, a weight and metrics each", "[functional]") {
  Model model = two_ends();
  model.compile({.optimizer = "sgd",
                 .loss = {{"price", "mse"}, {"kind", "sparse_categorical_crossentropy"}},
                 .loss_weights = {{"price", 1.0}, {"kind", 0.5}},
                 .metrics = {{"kind", {"accuracy"}}, {"price", {"mae", "mse"}}}});
  const Array left = rows(12, 6);
  const Array right = rows(12, 4, 1);
  const Array price = rows(12, 1);
  const Array kind(at::arange(12).remainder(3));

  const History history = model.fit(Data::named({{"right", right}, {"left", left}}), {price, kind},
                                    {.epochs = 2, .verbose = 0, .shuffle = false});
  CHECK(history.keys() == std::vector<std::string>{"kind_accuracy", "kind_loss", "loss", "price_loss", "price_mae",
                                                   "price_mse"});
  const Scores scores = model.evaluate({left, right}, {price, kind}, {.verbose = 0});
  CHECK(scores.names() ==
        std::vector<std::string>{"loss", "price_loss", "kind_loss", "price_mae", "price_mse", "kind_accuracy"});
  CHECK(std::abs(scores["loss"] - scores["price_loss"] - 0.5 * scores["kind_loss"]) < 1e-6);
  CHECK(scores["price_mse"] == Approx(scores["price_loss"]));

  const auto [prices, kinds] = model.predict<2>({left, right}, {.verbose = 0});
  CHECK(prices.shape() == Shape{12, 1});
  CHECK(kinds.shape() == Shape{12, 3});
  CHECK_THROWS_WITH(model.predict({left, right}, {.verbose = 0}),
                    "The model has 2 output(s), but 1 are asked for: `predict<2>` or `predict_all` gives them all.");
}

TEST_CASE("An output without a loss needs no targets", "[functional]") {
  Model model = two_ends();
  model.compile({.optimizer = "sgd", .loss = {"mse", none}});
  const Array left = rows(8, 6);
  const Array right = rows(8, 4);
  const History history = model.fit({left, right}, rows(8, 1), {.epochs = 1, .verbose = 0});
  CHECK(history.keys() == std::vector<std::string>{"loss"});
}

TEST_CASE("One sample weight counts for all outputs", "[functional]") {
  Model model = two_ends();
  model.compile({.optimizer = "sgd", .loss = {"mse", "sparse_categorical_crossentropy"}});
  const Data x = {rows(8, 6), rows(8, 4)};
  const Data y = {rows(8, 1), Array(at::arange(8).remainder(3))};
  const Array weights(at::arange(8, at::kFloat));
  const double both = model.evaluate(x, y, {.verbose = 0, .sample_weight = weights}).loss();
  CHECK(both == Approx(model.evaluate(x, y, {.verbose = 0, .sample_weight = {weights, weights}}).loss()).epsilon(1e-6));
  CHECK_THROWS_WITH(model.evaluate(x, y, {.verbose = 0, .sample_weight = rows(8, 2).astype(DType::Float32)}),
                    StartsWith("For a model with multiple outputs, when providing a single `sample_weight` array"));
}

TEST_CASE("A model is a layer of another", "[functional]") {
  const Input inner_input({3});
  const Model inner({.inputs = inner_input, .outputs = layers::Dense(2, "relu")(inner_input), .name = "inner"});
  const Sequential tower({Input({2}), layers::Dense(4)}, {.name = "tower"});
  const Input input({3});
  Model outer({.inputs = input, .outputs = tower(inner(input))});
  const Array x = rows(4, 3);
  CHECK(outer.predict(x, {.verbose = 0}).tensor().allclose(tower(inner(x.tensor())), 1e-6, 1e-6));
  CHECK(outer.get_weights().size() == 4);
  CHECK_THAT(summary_of(outer, {.expand_nested = true}), ContainsSubstring("└ dense"));
}

TEST_CASE("A part of a model is a model that shares its weights", "[functional]") {
  const Input input({3});
  const auto first = layers::Dense(4, {.activation = "relu", .name = "first"})(input);
  const auto second = layers::Dense(4, {.activation = "relu", .name = "second"})(first);
  Model model({.inputs = input, .outputs = layers::Dense(1)(second)});

  Model features({.inputs = model.inputs(), .outputs = first});
  Model rest({.inputs = first, .outputs = model.outputs()});
  const Array x = rows(5, 3);
  const Array between = features.predict(x, {.verbose = 0});
  CHECK(rest.predict(between, {.verbose = 0}).tensor().equal(model.predict(x, {.verbose = 0}).tensor()));
  CHECK(rest.get_weights().size() == 4);
}

TEST_CASE("A frozen base keeps its weights", "[functional]") {
  const Sequential base({Input({3}), layers::Dense(4, "relu"), layers::BatchNormalization()});
  base.set_trainable(false);
  const Input input({3});
  Model model({.inputs = input, .outputs = layers::Dense(1)(base(input))});
  model.compile({.optimizer = "adam", .loss = "mse"});
  const auto before = base.get_weights();
  model.fit(rows(16, 3), rows(16, 1), {.epochs = 2, .verbose = 0});
  CHECK(base.get_weights() == before);
  CHECK(model->trainable_weights().size() == 2);
}

TEST_CASE("A graph goes through a file and comes back the same", "[functional]") {
  Model model = two_ends();
  model.compile({.optimizer = "adam",
                 .loss = {{"price", "mse"}, {"kind", "sparse_categorical_crossentropy"}},
                 .loss_weights = {1.0, 0.5},
                 .metrics = {{"mae", "mse"}, {"accuracy"}}});
  const Data x = {rows(12, 6), rows(12, 4)};
  const Data y = {rows(12, 1), Array(at::arange(12).remainder(3))};
  model.fit(x, y, {.epochs = 1, .verbose = 0});
  const tests::TemporaryFile file(".keras");
  model.save(file.path, {.check_on = x});

  Model loaded = models::load_model(file.path);
  CHECK(loaded.to_json() == model.to_json());
  CHECK(loaded.get_weights() == model.get_weights());
  const FitOptions again{.epochs = 2, .verbose = 0, .shuffle = false};
  const History ours = model.fit(x, y, again);
  const History theirs = loaded.fit(x, y, again);
  CHECK(theirs.keys() == ours.keys());
  for (size_t epoch = 0; epoch < 2; ++epoch) CHECK(theirs["loss"][epoch] == Approx(ours["loss"][epoch]).epsilon(1e-6));
}

TEST_CASE("The summary of a graph says what is connected to what", "[functional]") {
  const Input a({2}, {.name = "a"});
  const Input b({2}, {.name = "b"});
  const Model model({.inputs = {a, b}, .outputs = layers::Add({.name = "sum"})({a, b}), .name = "m"});
  // KERAS_BACKEND=torch python: keras.Model([a, b], layers.Add(name="sum")([a, b]), name="m").summary(line_length=60)
  CHECK(summary_of(model, {.line_length = 60}) ==
        "Model: \"m\"\n"
        "┏━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━┳━━━━━━━━━┳━━━━━━━━━━━━━━━┓\n"
        "┃ Layer (type)    ┃ Output Shape ┃ Param # ┃ Connected to  ┃\n"
        "┡━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━╇━━━━━━━━━╇━━━━━━━━━━━━━━━┩\n"
        "│ a (InputLayer)  │ (None, 2)    │       0 │ -             │\n"
        "├─────────────────┼──────────────┼─────────┼───────────────┤\n"
        "│ b (InputLayer)  │ (None, 2)    │       0 │ -             │\n"
        "├─────────────────┼──────────────┼─────────┼───────────────┤\n"
        "│ sum (Add)       │ (None, 2)    │       0 │ a[0][0],      │\n"
        "│                 │              │         │ b[0][0]       │\n"
        "└─────────────────┴──────────────┴─────────┴───────────────┘\n"
        " Total params: 0 (0.00 B)\n Trainable params: 0 (0.00 B)\n Non-trainable params: 0 (0.00 B)\n");
}

// KERAS_BACKEND=torch python: the same models in Python, .summary(line_length=60)
TEST_CASE("A summary shows what models inside give", "[functional]") {
  const auto inner = [] {
    return Sequential({Input({4}), layers::Dense(3, {.name = "d"})}, {.name = "inner"});
  };
  const Input i({4}, {.name = "i"});
  const Model two({.inputs = i,
                   .outputs = {layers::Dense(2, {.name = "e"})(i), layers::Dense(1, {.name = "g"})(i)},
                   .name = "two"});
  const auto of_inner = inner()(i);
  const auto ends = two(i);
  const Model model({.inputs = i, .outputs = {layers::Dense(2, {.name = "out"})(of_inner), ends[0], ends[1]},
                     .name = "m"});

  CHECK(summary_of(model, {.line_length = 60}) ==
        "Model: \"m\"\n"
        "┏━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━┳━━━━━━━━━┳━━━━━━━━━━━━━━━┓\n"
        "┃ Layer (type)    ┃ Output Shape ┃ Param # ┃ Connected to  ┃\n"
        "┡━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━╇━━━━━━━━━╇━━━━━━━━━━━━━━━┩\n"
        "│ i (InputLayer)  │ (None, 4)    │       0 │ -             │\n"
        "├─────────────────┼──────────────┼─────────┼───────────────┤\n"
        "│ inner           │ (None, 3)    │      15 │ i[0][0]       │\n"
        "│ (Sequential)    │              │         │               │\n"
        "├─────────────────┼──────────────┼─────────┼───────────────┤\n"
        "│ out (Dense)     │ (None, 2)    │       8 │ inner[0][0]   │\n"
        "├─────────────────┼──────────────┼─────────┼───────────────┤\n"
        "│ two             │ [(None, 2),  │      15 │ i[0][0]       │\n"
        "│ (Functional)    │ (None, 1)]   │         │               │\n"
        "└─────────────────┴──────────────┴─────────┴───────────────┘\n"
        " Total params: 38 (152.00 B)\n"
        " Trainable params: 38 (152.00 B)\n"
        " Non-trainable params: 0 (0.00 B)\n");
  CHECK(summary_of(Sequential({Input({4}), inner(), layers::Dense(1, {.name = "out"})}, {.name = "s"}),
                   {.line_length = 60}) ==
        "Model: \"s\"\n"
        "┏━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━┓\n"
        "┃ Layer (type)             ┃ Output Shape      ┃   Param # ┃\n"
        "┡━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━┩\n"
        "│ inner (Sequential)       │ (None, 3)         │        15 │\n"
        "├──────────────────────────┼───────────────────┼───────────┤\n"
        "│ out (Dense)              │ (None, 1)         │         4 │\n"
        "└──────────────────────────┴───────────────────┴───────────┘\n"
        " Total params: 19 (76.00 B)\n"
        " Trainable params: 19 (76.00 B)\n"
        " Non-trainable params: 0 (0.00 B)\n");
}

TEST_CASE("What can not be wired is told", "[functional]") {
  const Input a({2}, {.name = "a"});
  const Input b({3}, {.name = "b"});
  const auto hidden = layers::Dense(2, {.name = "hidden"})(a);
  CHECK_THROWS_WITH(Model({.inputs = b, .outputs = hidden}),
                    "Graph disconnected: cannot find parent for tensor 'a' of shape (None, 2) at operation 'hidden'. Is "
                    "its `Input` among the model's inputs? The following previous operations were accessed without "
                    "issue: [a]");
  CHECK_THROWS_WITH(Model({.inputs = a}), "A model expects at least one tensor for `inputs` and one for `outputs`. "
                                          "Received: 1 and 0.");
  CHECK_THROWS_WITH(layers::Add()({a, b}),
                    "Inputs have incompatible shapes. Received shapes (2,) and (3,), without the batch axis: sizes must "
                    "be equal or 1.");
  CHECK_THROWS_WITH(layers::Add({.name = "add"})(hidden),
                    "A merge layer should be called on a list of inputs: `Add()({a, b})`. Layer 'add' received one "
                    "tensor of shape (None, 2).");
  CHECK_THROWS_WITH(layers::Dense(1, {.name = "d"})({a, b}),
                    "Layer 'd' (of type Dense) expects 1 input(s), but it received 2 input tensors.");
  CHECK_THROWS_WITH(layers::Dense(1, {.name = "d"})(a, {.initial_state = hidden}),
                    StartsWith("Layer 'd' (of type Dense) has no argument `initial_state`."));
  const auto twice = layers::Dense(2, {.name = "hidden"})(hidden);
  CHECK_THROWS_WITH(Model({.inputs = a, .outputs = twice}),
                    "The name \"hidden\" is used 2 times in the model. All operation names should be unique.");
}

TEST_CASE("What does not fit a model of several ends is told, and changes nothing", "[functional]") {
  Model model = two_ends();
  const Data x = {rows(8, 6), rows(8, 4)};
  CHECK_THROWS_WITH(model.predict_all(rows(8, 6), {.verbose = 0}),
                    "The model expects 2 input(s), but `x` holds 1 arrays.");
  CHECK_THROWS_WITH(model.predict_all({rows(8, 6), rows(8, 5)}, {.verbose = 0}),
                    StartsWith("Model 'ends' expects `x[1]` of shape (None, 4), but received shape (8, 5)."));
  CHECK_THROWS_WITH(model.predict_all(Data::named({{"left", rows(8, 6)}, {"wrong", rows(8, 4)}}), {.verbose = 0}),
                    "Missing data for \"right\". You passed a data dictionary with keys ['left', 'wrong'] as `x`, but "
                    "the model expects ['left', 'right'].");
  model.compile({.loss = {{"price", "mse"}}});
  CHECK_THROWS_WITH(model.fit(x, {rows(8, 1), rows(8, 1)}, {.verbose = 0}),
                    "Expected keys ['price', 'kind'] in loss dict, but found loss.keys()=['price']");
  model.compile({.loss = {"mse", "mse", "mse"}});
  CHECK_THROWS_WITH(model.fit(x, {rows(8, 1), rows(8, 3)}, {.verbose = 0}),
                    "`loss` is a list of 3 entries, but the model has 2 output(s): ['price', 'kind']. Give one entry "
                    "for each, in this order.");
  model.compile({.loss = "mse", .loss_weights = {1.0, 2.0}});
  CHECK_THROWS_WITH(model.fit(x, {rows(8, 1), rows(8, 3)}, {.verbose = 0}),
                    "`loss_weights` must match the number of losses, got 1 losses and 2 weights.");
  model.compile({.loss = "mse", .metrics = {"mae", "mse", "mape"}});
  CHECK_THROWS_WITH(model.fit(x, {rows(8, 1), rows(8, 3)}, {.verbose = 0}),
                    StartsWith("Invalid `metrics`. `metrics` should contain metrics objects and either be a dict or a "
                               "list matching the output names of the functional model ['price', 'kind']."));
  model.compile({.loss = "mse", .metrics = {{"mae", "mse"}, {"mape"}}});
  CHECK_THROWS_WITH(model.fit(x, {rows(8, 1), rows(8, 3)}, {.verbose = 0, .class_weight = {{0, 2.0}}}),
                    "`class_weight` is only supported for Models with a single output. This one has 2: pass "
                    "`sample_weight`.");
}

TEST_CASE("Functions stand for the layers that join tensors", "[models][functional]") {
  const Input a({3});
  const Input b({3});
  Model model({.inputs = {a, b},
               .outputs = {layers::add({a, b}), layers::subtract({a, b}), layers::multiply({a, b}),
                           layers::average({a, b}), layers::maximum({a, b}), layers::minimum({a, b}),
                           layers::concatenate({a, b}), layers::dot({a, b}, 1)}});
  const auto outputs = model.predict_all(Data::list(at::tensor({1.0F, 2.0F, 3.0F}).unsqueeze(0),
                                                    at::tensor({3.0F, 2.0F, 2.0F}).unsqueeze(0)), {.verbose = 0});
  const std::vector<std::vector<float>> expected{{4, 4, 5}, {-2, 0, 1}, {3, 4, 6}, {2, 2, 2.5F},
                                                 {3, 2, 3}, {1, 2, 2},  {1, 2, 3, 3, 2, 2}, {13}};
  for (size_t i = 0; i < expected.size(); ++i) CHECK(outputs[i].to_vector<float>() == expected[i]);
  CHECK(layers::concatenate({a, b}, {.axis = 1, .name = "joined"}).name() == "joined");
}

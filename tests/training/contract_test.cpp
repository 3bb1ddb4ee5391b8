// Whatever `fit` and its kin refuse, they refuse before anything changes: the message is quoted here, and the model,
// its optimizer and every source of randomness are compared bit for bit.

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "keraslike/keraslike.h"
#include "keraslike/torch.h"

#include "support/catch.h"

namespace {

using namespace keraslike;

using Rows = std::vector<std::vector<float>>;

Rows rows(size_t count, size_t columns, float value = 0.5f) { return Rows(count, std::vector<float>(columns, value)); }
std::vector<int64_t> labels(size_t count, int64_t value = 1) { return std::vector<int64_t>(count, value); }

Sequential regression() {
  Sequential model({Input({10}), layers::Dense(4, "relu"), layers::Dropout(0.5), layers::Dense(1)}, {.name = "net"});
  model.compile({.optimizer = "adam", .loss = "mse", .metrics = {"mae"}});
  model.fit(rows(8, 10), rows(8, 1), {.verbose = 0});
  return model;
}

Sequential classifier(const NameOr<Loss>& loss = "sparse_categorical_crossentropy") {
  Sequential model({Input({10}), layers::Dense(3, "softmax")}, {.name = "classes"});
  model.compile({.optimizer = "adam", .loss = loss, .metrics = {"accuracy"}});
  return model;
}

// Everything that a call may change.
struct State {
  std::vector<Array> weights;
  std::vector<Array> optimizer;
  std::string random;
  double learning_rate;

  explicit State(const Model& model) : weights(model.get_weights()), random(utils::random_state()) {
    learning_rate = model.optimizer().learning_rate();
    for (const auto& variable : model.optimizer()->variables()) optimizer.emplace_back(variable->tensor);
  }
  bool operator==(const State&) const = default;
};

struct Refusal {
  std::string what;
  std::function<Sequential()> model;
  std::function<void(Sequential&)> act;
  std::string message;
};

std::vector<Refusal> wrong_inputs() {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  return {
      {"wrong feature count", regression, [](auto& m) { m.fit(rows(100, 1), rows(100, 1)); },
       "Model 'net' expects `x` of shape (None, 10), but received shape (100, 1). Axis 1 must have 10 values per row, "
       "not 1: check the columns of the array, or declare the model's input as (1,)."},
      {"wrong rank", regression,
       [](auto& m) {
         m.fit(Array::zeros({5, 2, 10}), rows(5, 1));
       },
       "Model 'net' expects `x` of shape (None, 10), but received shape (5, 2, 10). Give it 2 axes with the rows "
       "first"},
      {"a flat array", regression, [](auto& m) { m.fit(std::vector<float>(10), rows(10, 1)); },
       "expects `x` of shape (None, 10), but received shape (10,)"},
      {"ragged rows", regression,
       [](auto& m) {
         m.fit(Rows{{1, 2, 3}, {1, 2}}, rows(2, 1));
       },
       "`x` has rows of different lengths"},
      {"no rows", regression, [](auto& m) { m.fit(Rows{}, Rows{}); }, "`x` is empty"},
      {"nothing", regression, [](auto& m) { m.fit(none, rows(2, 1)); }, "`x` is missing"},
      {"two arrays", regression, [](auto& m) { m.fit(Data::list(rows(2, 10), rows(2, 10)), rows(2, 1)); },
       "The model expects 1 input(s), but `x` holds 2 arrays."},
      {"row counts", regression, [](auto& m) { m.fit(rows(10, 10), rows(8, 1)); },
       "Data cardinality is ambiguous. Make sure all arrays contain the same number of samples. `x` has 10 rows, `y` "
       "has 8."},
      {"weight counts", regression,
       [](auto& m) { m.fit(rows(4, 10), rows(4, 1), {.sample_weight = std::vector<float>(3, 1.0f)}); },
       "`x` has 4 rows, `sample_weight` has 3."},
      {"infinite input", regression, [](auto& m) { m.fit(rows(4, 10, INFINITY), rows(4, 1), {.check_finite = true}); },
       "`x` expects finite values. Received: `x`[0, 0] = inf (40 such values)."},
      {"NaN target", regression, [nan](auto& m) { m.fit(rows(4, 10), rows(4, 1, nan), {.check_finite = true}); },
       "`y` expects finite values. Received: `y`[0, 0] = nan (4 such values)."},
      {"predict", regression, [](auto& m) { m.predict(rows(4, 9)); }, "expects `x` of shape (None, 10)"},
      {"evaluate", regression, [](auto& m) { m.evaluate(rows(4, 9), rows(4, 1)); }, "expects `x` of shape (None, 10)"},
      {"train_on_batch", regression, [](auto& m) { m.train_on_batch(rows(4, 10), rows(3, 1)); }, "`y` has 3."},
  };
}

std::vector<Refusal> wrong_targets() {
  return {
      {"no targets", regression, [](auto& m) { m.fit(rows(4, 10)); }, "`y` is missing"},
      {"target columns", regression, [](auto& m) { m.fit(rows(4, 10), rows(4, 3)); }, "(None, 3)"},
      {"label too large", [] { return classifier(); }, [](auto& m) { m.fit(rows(4, 10), labels(4, 7)); }, "7"},
      {"label below zero", [] { return classifier(); }, [](auto& m) { m.fit(rows(4, 10), labels(4, -1)); }, "-1"},
      {"one-hot for sparse", [] { return classifier(); }, [](auto& m) { m.fit(rows(4, 10), rows(4, 3)); },
       "categorical_crossentropy"},
      {"labels for one-hot", [] { return classifier("categorical_crossentropy"); },
       [](auto& m) { m.fit(rows(4, 10), labels(4)); }, "sparse_categorical_crossentropy"},
      {"binary shapes", [] { return classifier("binary_crossentropy"); },
       [](auto& m) { m.fit(rows(4, 10), rows(4, 2)); }, "(None, 2)"},
      {"validation rows", regression,
       [](auto& m) { m.fit(rows(4, 10), rows(4, 1), {.validation_data = {rows(2, 10), rows(3, 1)}}); },
       "`validation_data.x` has 2 rows, `validation_data.y` has 3."},
      {"validation shape", regression,
       [](auto& m) { m.fit(rows(4, 10), rows(4, 1), {.validation_data = {rows(2, 9), rows(2, 1)}}); },
       "expects `validation_data.x` of shape (None, 10)"},
      {"validation targets", regression,
       [](auto& m) { m.fit(rows(4, 10), rows(4, 1), {.validation_data = {rows(2, 10)}}); },
       "`validation_data.y` is missing"},
  };
}

std::vector<Refusal> wrong_options() {
  const auto fit = [](FitOptions options) {
    return [options](auto& m) { m.fit(rows(4, 10), rows(4, 1), options); };
  };
  return {
      {"negative weight", regression, fit({.sample_weight = std::vector<float>{1, -2, 1, 1}}),
       "`sample_weight` expects weights that are numbers and not negative. Received: -2 at index 1."},
      {"NaN weight", regression, fit({.sample_weight = std::vector<double>{1, 1, NAN, 1}}),
       "Received: nan at index 2."},
      {"both weights", regression, fit({.class_weight = {{0, 1.0}}, .sample_weight = std::vector<float>(4, 1.0f)}),
       "You cannot use `class_weight` and `sample_weight` at the same time."},
      {"negative class weight", regression, fit({.class_weight = {{0, -1.0}}}),
       "`class_weight` expects weights that are not negative. Received: class 0 with weight -1"},
      {"batch size", regression, fit({.batch_size = 0}),
       "`batch_size` expects a number of at least 1. Received: batch_size=0"},
      {"epochs", regression, fit({.epochs = -1}), "`epochs` expects a number of at least 0. Received: epochs=-1"},
      {"initial epoch", regression, fit({.initial_epoch = -2}), "`initial_epoch` expects an index of at least 0."},
      {"steps", regression, fit({.steps_per_epoch = 0}), "`steps_per_epoch` expects a number of at least 1."},
      {"validation split", regression, fit({.validation_split = 1.5}),
       "`validation_split` expects a share of the rows in [0, 1). Received: validation_split=1.5"},
      {"too few to split", regression, [](auto& m) { m.fit(rows(1, 10), rows(1, 1), {.validation_split = 0.5}); },
       "Training data contains 1 samples, which is not sufficient to split it"},
      {"weights count", regression, [](auto& m) { m.set_weights({}); },
       "You called `set_weights(weights)` on layer 'net' with a weight list of length 0, but the layer was expecting 4 "
       "weights."},
      {"weights shape", regression,
       [](auto& m) {
         auto weights = m.get_weights();
         weights[0] = Array::zeros({9, 4});
         m.set_weights(weights);
       },
       "of shape (10, 4) is not compatible with the provided weight 0 of shape (9, 4)."},
      {"unknown layer", regression, [](auto& m) { m.get_layer("zz"); }, "No such layer: zz. Existing layers are: ['"},
  };
}

void check(const Refusal& refusal) {
  INFO(refusal.what);
  set_random_seed(1);
  Sequential model = refusal.model();
  const State before(model);
  std::string message;

  try {
    refusal.act(model);
  } catch (const ValueError& error) {
    message = error.what();
  }

  CHECK_THAT(message, ContainsSubstring(refusal.message));
  CHECK(message.size() < 600);
  CHECK(message.find("frame #") == std::string::npos);
  CHECK((State(model) == before));
}

}  // namespace

TEST_CASE("Inputs that do not fit are refused and change nothing", "[training][errors]") {
  for (const auto& refusal : wrong_inputs()) check(refusal);
}

TEST_CASE("Targets that do not fit are refused and change nothing", "[training][errors]") {
  for (const auto& refusal : wrong_targets()) check(refusal);
}

TEST_CASE("Options out of range are refused and change nothing", "[training][errors]") {
  for (const auto& refusal : wrong_options()) check(refusal);
}

TEST_CASE("A model that is not built stays so where its first data are refused", "[training][errors]") {
  Sequential model({layers::Dense(4), layers::Dense(1)});
  model.compile({.optimizer = "adam", .loss = "mse"});
  const std::string random = utils::random_state();

  CHECK_THROWS_WITH(model.fit(rows(4, 3), rows(3, 1)), ContainsSubstring("`y` has 3."));
  CHECK_THROWS_WITH(model.fit(rows(4, 3), rows(4, 2)), ContainsSubstring("(None, 2)"));

  CHECK_FALSE(model.built());
  CHECK(model.get_weights().empty());
  CHECK(utils::random_state() == random);
}

TEST_CASE("What is asked of a model too early says what to do first", "[training][errors]") {
  Sequential model({Input({3}), layers::Dense(1)});
  CHECK_THROWS_WITH(model.fit(rows(4, 3), rows(4, 1)),
                    ContainsSubstring("You must call `compile()` before using the model. `fit` needs an optimizer"));
  CHECK_THROWS_WITH(model.evaluate(rows(4, 3), rows(4, 1)), ContainsSubstring("You must call `compile()`"));
  model.compile({.optimizer = "sgd"});
  CHECK_THROWS_WITH(model.fit(rows(4, 3), rows(4, 1)),
                    Equals("No loss to compute. Provide a `loss` argument in `compile()`."));

  Sequential empty;
  empty.compile({.loss = "mse"});
  CHECK_THROWS_WITH(empty.fit(rows(4, 3), rows(4, 1)), ContainsSubstring("cannot be built because it has no layers"));
  CHECK_THROWS_WITH(Sequential({layers::Dense(2)}).count_params(), ContainsSubstring("but the layer isn't built"));
}

TEST_CASE("Misspelt names fail where they are written, with the nearest known name", "[training][errors]") {
  CHECK_THROWS_WITH(layers::Dense(2, "rellu"),
                    StartsWith("Could not interpret activation function identifier: 'rellu'. Did you mean 'relu'?"));
  CHECK_THROWS_WITH(CompileOptions{.optimizer = "adamm"},
                    ContainsSubstring("optimizer identifier: 'adamm'. Did you mean"));
  CHECK_THROWS_WITH((CompileOptions{.loss = "mes"}), ContainsSubstring("loss identifier: 'mes'."));
  CHECK_THROWS_WITH((CompileOptions{.metrics = {"acuracy"}}), ContainsSubstring("Did you mean 'accuracy'?"));
  CHECK_THROWS_WITH((layers::DenseOptions{.kernel_initializer = "glorot"}),
                    ContainsSubstring("initializer identifier: 'glorot'"));
  CHECK_THROWS_WITH((layers::DenseOptions{.kernel_regularizer = "l1_l2"}),
                    ContainsSubstring("regularizer identifier: 'l1_l2'"));
  CHECK_THROWS_WITH((layers::DenseOptions{.kernel_constraint = "positive"}),
                    ContainsSubstring("constraint identifier: 'positive'"));
  CHECK_THROWS_WITH((FitOptions{.verbose = 3}), ContainsSubstring("`verbose` expects \"auto\", 0"));
  CHECK_THROWS_WITH((FitOptions{.shuffle = "rows"}), ContainsSubstring("`shuffle` expects true, false or \"batch\""));
}

TEST_CASE("Layers refuse arguments that make no sense", "[training][errors]") {
  CHECK_THROWS_WITH(layers::Dense(0),
                    Equals("Received an invalid value for `units`, expected a positive integer. Received: units=0"));
  CHECK_THROWS_WITH(layers::Dropout(1.5),
                    ContainsSubstring("Expected a float value between 0 and 1. Received: rate=1.5"));
  CHECK_THROWS_WITH(layers::Conv2D(0, 3), ContainsSubstring("Received filters=0."));
  CHECK_THROWS_WITH(layers::Conv2D(4, 3, {.padding = "full"}),
                    ContainsSubstring("The `padding` argument must be one of"));
  CHECK_THROWS_WITH(layers::Conv2D(4, 3, {.strides = 2, .dilation_rate = 2}),
                    ContainsSubstring("`strides > 1` not supported"));
  CHECK_THROWS_WITH(Sequential({Input({4, 4, 1}), layers::Conv2D(1, 5)}),
                    ContainsSubstring("Computed output size would be zero"));
  CHECK_THROWS_WITH(Sequential({Input({4}), layers::Reshape({3})}),
                    ContainsSubstring("The total size of the tensor must be unchanged"));
  CHECK_THROWS_WITH(Sequential({layers::Dense(1, {.name = "a"}), layers::Dense(1, {.name = "a"})}),
                    ContainsSubstring("Name 'a' is already the name of a layer"));
}

// Lesson 11: graphs. Two inputs, a shared path, two outputs, and a part of the model as a model of its own.
//
// A layer called on an `Input` gives a tensor without values, which knows how it is made; `Model` takes both ends and
// orders what lies between as Keras does. With plain LibTorch this is a module with a hand-written `forward`, a loss for
// each output added up by hand, and a second class to look at what a middle layer computes.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <keraslike/keraslike.h>

using namespace keraslike;

int main() {
  set_random_seed(11);

  const data::Table table = data::read_csv(KERASLIKE_SAMPLES "/data/iris.csv");
  const Array sepal = table.columns({"sepal_length", "sepal_width"});
  const Array petal = table.columns({"petal_length"});
  const Array width = table["petal_width"];
  const Array species = table["species"];

  const Input sepal_input({2}, {.name = "sepal"});
  const Input petal_input({1}, {.name = "petal"});
  const auto joined = layers::Concatenate()({layers::Dense(8, "relu")(sepal_input), layers::Dense(8, "relu")(petal_input)});
  const auto hidden = layers::Dense(16, {.activation = "relu", .name = "hidden"})(joined);
  Model model({.inputs = {sepal_input, petal_input},
               .outputs = {layers::Dense(1, {.name = "width"})(hidden),
                           layers::Dense(3, {.activation = "softmax", .name = "species"})(hidden)}});

  model.compile({.optimizer = optimizers::Adam(0.01),
                 .loss = {{"width", "mse"}, {"species", "sparse_categorical_crossentropy"}},
                 .loss_weights = {{"width", 0.5}, {"species", 1.0}},
                 .metrics = {{"species", {"accuracy"}}, {"width", {"mae"}}}});
  model.fit({sepal, petal}, {width, species}, {.epochs = 100, .verbose = 0});

  const Scores scores = model.evaluate({sepal, petal}, {width, species}, {.verbose = 0});
  fmt::print("What is measured: {}\n", fmt::join(scores.names(), ", "));
  fmt::print("Species right: {}\n", scores["species_accuracy"] > 0.9);
  fmt::print("Width within 2 mm: {}\n", scores["width_mae"] < 0.2);

  // The part up to "hidden" shares its weights with the model.
  Model features({.inputs = model.inputs(), .outputs = hidden});
  const auto [widths, classes] = model.predict<2>({sepal, petal}, {.verbose = 0});
  fmt::print("Features {}, widths {}, classes {}\n", features.predict({sepal, petal}, {.verbose = 0}).shape(),
             widths.shape(), classes.shape());
}

// Prints:
// What is measured: loss, width_loss, species_loss, width_mae, species_accuracy
// Species right: true
// Width within 2 mm: true
// Features (150, 16), widths (150, 1), classes (150, 3)

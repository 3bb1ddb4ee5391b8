// Lesson 5: classes from a table.
//
// The labels stay integers: "sparse_categorical_crossentropy" takes class numbers, and "accuracy" looks at the shapes
// of targets and outputs to see that it must compare a class number with the greatest of three probabilities. In
// LibTorch the loss wants raw scores (cross_entropy applies log_softmax itself); Keras' default is probabilities, so
// the model ends with a softmax.

#include <fmt/format.h>

#include <keraslike/keraslike.h>

using namespace keraslike;

int main() {
  set_random_seed(5);

  const data::Table table = data::read_csv(KERASLIKE_SAMPLES "/data/iris.csv");
  const Array x = table.except("species");
  const Array y = table["species"].astype(DType::Int64);

  layers::Normalization normalization;
  normalization.adapt(x);
  Sequential model({Input({4}), normalization, layers::Dense(16, "relu"), layers::Dense(3, "softmax")});
  model.compile({.optimizer = optimizers::Adam(0.02),
                 .loss = "sparse_categorical_crossentropy",
                 .metrics = {"accuracy"}});
  model.fit(x, y, {.epochs = 50, .verbose = 0});

  const Scores scores = model.evaluate(x, y, {.verbose = 0});
  fmt::print("{} flowers, accuracy above 96 %: {}\n", x.shape()[0], scores["accuracy"] > 0.96);
}

// Prints:
// 150 flowers, accuracy above 96 %: true

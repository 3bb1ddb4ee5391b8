// Lesson 3: what happens when the data do not fit.
//
// LibTorch tells you inside the first matrix product, with a backtrace and without the name of the argument; by then a
// part of your loop has run. Here everything is checked before anything changes: the message says which argument, what
// was expected, what came and how to mend it, and the model is bit for bit what it was.

#include <vector>

#include <fmt/format.h>

#include <keraslike/keraslike.h>

using namespace keraslike;

int main() {
  set_random_seed(0);
  Sequential model({layers::Dense(128, {.activation = "relu", .input_shape = Shape{10}}), layers::Dense(1)});
  model.compile({.optimizer = "adam", .loss = "mse"});
  const auto before = model.get_weights();

  // The second founding example: 100 rows of 1 value, where the model expects rows of 10.
  const std::vector<std::array<float, 1>> x(100);
  const std::vector<float> y(100);
  try {
    model.fit(x, y);
  } catch (const ValueError& error) {
    fmt::print("{}\n", error.what());
  }
  fmt::print("The weights are what they were: {}\n", model.get_weights() == before);

  // A misspelt name fails on its own line.
  try {
    layers::Dense(8, "rellu");
  } catch (const ValueError& error) {
    fmt::print("{:.73}\n", error.what());
  }
}

// Prints:
// Model 'sequential' expects `x` of shape (None, 10), but received shape (100, 1). Axis 1 must have 10 values per row, not 1: check the columns of the array, or declare the model's input as (1,).
// The weights are what they were: true
// Could not interpret activation function identifier: 'rellu'. Did you mean

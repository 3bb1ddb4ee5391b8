// Lesson 10: the file is Keras' file.
//
// `save` writes a `.keras` archive, the one that `keras.models.load_model` opens in Python: layers, weights, what
// `compile` said, and the optimizer's state. `load_model` goes the other way, whatever backend Keras ran on. In LibTorch
// you would torch::save the parameters and write the architecture down in code twice, once for each language.
//
// The file is written beside its place and renamed, so that a crash leaves the old one. A damaged file is refused with
// the place of the damage, and nothing in a file is ever executed.

#include <cstdio>

#include <fmt/format.h>

#include <keraslike/keraslike.h>

using namespace keraslike;

int main() {
  set_random_seed(10);
  const Array x = Array(std::vector<double>{0, 0, 0, 1, 1, 0, 1, 1}).reshape({4, 2});
  const Array y = Array(std::vector<double>{0, 1, 1, 0}).reshape({4, 1});

  Sequential model({Input({2}), layers::Dense(8, "tanh"), layers::Dense(1, "sigmoid")});
  model.compile({.optimizer = optimizers::Adam(0.1), .loss = "binary_crossentropy"});
  model.fit(x, y, {.epochs = 30, .verbose = 0});
  model.save("xor.keras");

  Model again = models::load_model("xor.keras");
  fmt::print("Same predictions: {}\n", again.predict(x, {.verbose = 0}) == model.predict(x, {.verbose = 0}));

  // The optimizer goes on where it stopped, so both take the same course.
  const History here = model.fit(x, y, {.epochs = 70, .verbose = 0, .shuffle = false});
  const History there = again.fit(x, y, {.epochs = 70, .verbose = 0, .shuffle = false});
  fmt::print("Same training: {}, solved: {}\n", here["loss"] == there["loss"], there["loss"].back() < 0.01);

  // Weights alone go by the kinds and the order of layers.
  again.save_weights("xor.weights.h5");
  try {
    Sequential other({Input({2}), layers::Dense(5), layers::Dense(1)}, {.name = "other"});
    other.load_weights("xor.weights.h5");
  } catch (const ValueError& error) {
    fmt::print("{}\n", error.what());
  }
  std::remove("xor.keras");
  std::remove("xor.weights.h5");
}

// Prints:
// Same predictions: true
// Same training: true, solved: true
// 'xor.weights.h5': a total of 2 objects could not be loaded. Example for object <Dense name=dense_2>: 'layers/dense/vars/0' has shape (2, 8), and weight 'kernel' of 'dense_2' has shape (2, 5). The model is unchanged; build the same layers in the same order, or use skip_mismatch.

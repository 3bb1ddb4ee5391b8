// Lesson 7: handwritten digits with a dense network.
//
// The images come from IDX files as bytes of 0 to 255 and go into the model as they are: Flatten makes a row of 784 of
// each, Rescaling makes numbers of 0 to 1 of the bytes. The pixels are converted to float32 once, in one pass.

#include <filesystem>

#include <fmt/format.h>

#include <keraslike/keraslike.h>

using namespace keraslike;

int main(int count, char** arguments) {
  if (count < 2 || !std::filesystem::exists(arguments[1])) {
    fmt::print("usage: {} FOLDER, where FOLDER holds MNIST's four IDX files\n", arguments[0]);
    return 77;  // ctest counts it as skipped
  }
  const std::string folder = arguments[1];
  set_random_seed(7);

  const Array x_train = data::load_idx(folder + "/train-images-idx3-ubyte.gz");
  const Array y_train = data::load_idx(folder + "/train-labels-idx1-ubyte.gz");
  const Array x_test = data::load_idx(folder + "/t10k-images-idx3-ubyte.gz");
  const Array y_test = data::load_idx(folder + "/t10k-labels-idx1-ubyte.gz");

  Sequential model({Input({28, 28}), layers::Rescaling(1.0 / 255), layers::Flatten(), layers::Dense(128, "relu"),
                    layers::Dense(10, "softmax")});
  model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  model.fit(x_train, y_train, {.batch_size = 32, .epochs = 10, .verbose = 2});

  const Scores scores = model.evaluate(x_test, y_test, {.verbose = 0});
  fmt::print("{} test digits, accuracy {:.3f}, at least 94 %: {}\n", x_test.shape()[0], scores["accuracy"],
             scores["accuracy"] >= 0.94);
  return scores["accuracy"] >= 0.94 ? 0 : 1;
}

// Prints:
// Epoch 1/10
// ...
// 2000 test digits, accuracy ..., at least 94 %: true

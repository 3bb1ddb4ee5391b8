// Lesson 8: the same digits with two convolutions.
//
// Images are (rows, columns, channels), as in Keras; LibTorch wants the channels first. Nothing is copied for that:
// seen in LibTorch's order, such an image is what LibTorch calls the channels-last memory format, which its
// convolutions take. But Flatten then runs through rows, columns, channels, so a Dense kernel behind it is ordered
// otherwise than LibTorch's would be.

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
  set_random_seed(8);

  const Array x_train = data::load_idx(folder + "/train-images-idx3-ubyte.gz");
  const Array y_train = data::load_idx(folder + "/train-labels-idx1-ubyte.gz");
  const Array x_test = data::load_idx(folder + "/t10k-images-idx3-ubyte.gz");
  const Array y_test = data::load_idx(folder + "/t10k-labels-idx1-ubyte.gz");

  // (rows, 28, 28) fits an Input of (28, 28, 1): an axis of size 1 is added, as in Keras.
  Sequential model({Input({28, 28, 1}), layers::Rescaling(1.0 / 255), layers::Conv2D(32, 3, {.activation = "relu"}),
                    layers::MaxPooling2D(), layers::Conv2D(64, 3, {.activation = "relu"}), layers::MaxPooling2D(),
                    layers::Flatten(), layers::Dropout(0.5), layers::Dense(10, "softmax")});
  model.compile({.optimizer = "adam", .loss = "sparse_categorical_crossentropy", .metrics = {"accuracy"}});
  callbacks::LambdaCallback stop_when_good({.on_epoch_end = [&model](int64_t, const Logs& logs) {
    if (logs["val_accuracy"] >= 0.97) model.set_stop_training(true);
  }});
  model.fit(x_train, y_train, {.batch_size = 64,
                               .epochs = 10,
                               .verbose = 2,
                               .callbacks = {stop_when_good},
                               .validation_data = {x_test, y_test}});

  const Scores scores = model.evaluate(x_test, y_test, {.verbose = 0});
  fmt::print("{} test digits, accuracy {:.3f}, at least 96.5 %: {}\n", x_test.shape()[0], scores["accuracy"],
             scores["accuracy"] >= 0.965);
  return scores["accuracy"] >= 0.965 ? 0 : 1;
}

// Prints:
// Epoch 1/10
// ...
// 2000 test digits, accuracy ..., at least 96.5 %: true

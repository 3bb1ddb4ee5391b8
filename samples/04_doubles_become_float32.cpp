// Lesson 4: double in, float32 inside.
//
// Models compute in float32, as Keras' do. Doubles are converted in one pass; what float32 can not hold is reported
// once, by argument and index, instead of turning into infinity unseen. LibTorch refuses a double tensor in a float
// module with an error about "expected scalar type Float but found Double" that names no argument.

#include <string>
#include <vector>

#include <fmt/format.h>

#include <keraslike/keraslike.h>

using namespace keraslike;

int main() {
  set_random_seed(3);
  set_warning_handler([](const std::string& message) { fmt::print("Warning: {}\n", message); });

  // The third founding example: double arrays, converted implicitly.
  std::vector<std::vector<double>> x(100, std::vector<double>(10));
  std::vector<std::vector<double>> y(100, std::vector<double>(1));
  for (size_t i = 0; i < 100; ++i) {
    for (size_t j = 0; j < 10; ++j) x[i][j] = static_cast<double>((i * 37 + j * 11) % 100) / 100.0;
    y[i][0] = x[i][0];
  }
  Sequential model({layers::Dense(128, {.activation = "relu", .input_shape = Shape{10}}), layers::Dense(1)});
  model.compile({.optimizer = "adam", .loss = "mse"});
  const History history = model.fit(x, y, {.batch_size = 32, .epochs = 10, .verbose = 0});
  fmt::print("The loss went down: {}\n", history["loss"].back() < history["loss"].front());

  // A value out of float32's range.
  x[3][1] = 1e300;
  const Array prediction = model.predict(x, {.verbose = 0});
  fmt::print("{} predictions of type {}\n", prediction.shape()[0], to_string(prediction.dtype()));
}

// Prints:
// The loss went down: true
// Warning: `x`[3, 1] = 1e+300 does not fit float32 and became inf.
// 100 predictions of type float32

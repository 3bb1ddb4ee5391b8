// Lesson 1: a model in ten lines.
//
// With LibTorch alone you would write a torch::nn::Module with a forward method, an optimizer over its parameters, a
// loop over epochs, a loop over batches inside it, zero_grad, forward, loss, backward, step, and sums for what you
// report. Keras says the same in three verbs: build, compile, fit.
//
// What Keras does that the loop usually does not: kernels start from Glorot's uniform distribution and biases from
// zero (torch::nn::Linear draws both from a uniform distribution of its own), rows are shuffled anew in each epoch, the
// last, shorter batch is kept, and the loss that is reported weighs each batch by its rows.

#include <cstdint>
#include <random>
#include <vector>

#include <fmt/format.h>

#include <keraslike/keraslike.h>

using namespace keraslike;

int main() {
  set_random_seed(42);

  // A thousand points on a plane, one row each, with a little noise.
  std::mt19937 generator(7);
  std::uniform_real_distribution<double> uniform(-1.0, 1.0);
  std::vector<std::vector<double>> x(1000, std::vector<double>(2));
  std::vector<double> y(1000);
  for (size_t i = 0; i < x.size(); ++i) {
    x[i] = {uniform(generator), uniform(generator)};
    y[i] = 3.0 * x[i][0] - 2.0 * x[i][1] + 1.0 + 0.01 * uniform(generator);
  }

  Sequential model({Input({2}), layers::Dense(16, "relu"), layers::Dense(1)});
  model.compile({.optimizer = optimizers::Adam(0.01), .loss = "mse", .metrics = {"mae"}});
  model.summary();
  History history = model.fit(x, y, {.epochs = 20, .verbose = 2, .validation_split = 0.2});

  fmt::print("The loss fell by more than a factor of 100: {}\n",
             history["loss"].back() < history["loss"].front() / 100);
  fmt::print("f(0.5, -0.5) = {:.1f}, and should be 3.5\n", model.predict({{0.5, -0.5}}, {.verbose = 0}).item());
}

// Prints:
// Model: "sequential"
// ┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
// ┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
// ┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
// │ dense (Dense)                   │ (None, 16)             │            48 │
// ├─────────────────────────────────┼────────────────────────┼───────────────┤
// │ dense_1 (Dense)                 │ (None, 1)              │            17 │
// └─────────────────────────────────┴────────────────────────┴───────────────┘
//  Total params: 65 (260.00 B)
//  Trainable params: 65 (260.00 B)
//  Non-trainable params: 0 (0.00 B)
// Epoch 1/20
// 25/25 - ... - loss: ... - mae: ... - val_loss: ... - val_mae: ...
// ...
// The loss fell by more than a factor of 100: true
// f(0.5, -0.5) = 3.5, and should be 3.5

// Lesson 9: everything underneath is LibTorch's, and stays yours.
//
// `model.module()` is a torch::nn::Module whose parameters are the model's weights; `optimizer.torch()` is a
// torch::optim::Optimizer with Keras' rule. You can train by hand what Keras built, and go on with `fit`.
//
// Keras' Adam is not LibTorch's: epsilon is 1e-7 and stands beside the uncorrected root of the second moment. Where you
// want LibTorch's own rule, make a torch::optim::Adam over `module.parameters()`.

#include <vector>

#include <fmt/format.h>

#include <keraslike/keraslike.h>
#include <keraslike/torch.h>

using namespace keraslike;

int main() {
  set_random_seed(9);
  const torch::Tensor x = torch::randn({64, 3});
  const torch::Tensor y = x.sum(1, true);

  Sequential model({Input({3}), layers::Dense(8, {.activation = "tanh", .name = "hidden"}),
                    layers::Dense(1, {.name = "out"})});
  model.compile({.optimizer = optimizers::Adam(0.05), .loss = "mse"});

  for (const auto& parameter : model.module().named_parameters()) {
    const auto sizes = parameter.value().sizes().vec();
    fmt::print("{}: {}\n", parameter.key(), Shape(sizes));
  }

  // A loop as LibTorch users write it, over the model's own parameters.
  torch::optim::SGD by_hand(model.module().parameters(), 0.1);
  for (int step = 0; step < 100; ++step) {
    by_hand.zero_grad();
    torch::mse_loss(model(x, {.training = true}), y).backward();
    by_hand.step();
  }
  const double after_loop = model.evaluate(x, y, {.verbose = 0}).loss();

  model.fit(x, y, {.epochs = 20, .verbose = 0});
  const double after_fit = model.evaluate(x, y, {.verbose = 0}).loss();
  fmt::print("fit went on from where the loop stopped: {}\n", after_fit < after_loop && after_loop < 0.5);

  const auto& adam = dynamic_cast<const torch::optim::Adam&>(model.optimizer().torch());
  fmt::print("The optimizer is a torch::optim::Adam over {} parameters\n", adam.param_groups()[0].params().size());
}

// Prints:
// hidden.linear.weight: (8, 3)
// hidden.linear.bias: (8,)
// out.linear.weight: (1, 8)
// out.linear.bias: (1,)
// fit went on from where the loop stopped: true
// The optimizer is a torch::optim::Adam over 4 parameters

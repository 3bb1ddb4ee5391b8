// Lesson 17: other types than float32.
//
// A dtype policy says what layers compute in and what their weights are kept in. "mixed_bfloat16" computes in 16 bits,
// which is half of the memory between layers, and keeps weights in float32, because a step of training is often smaller
// than what bfloat16 can tell apart. With LibTorch alone you would cast inputs and weights of each layer at each call,
// or use its autocast, whose lists of operations give other numbers than Keras.

#include <cstdio>

#include <fmt/format.h>

#include <keraslike/keraslike.h>
#include <keraslike/torch.h>

using namespace keraslike;

namespace {

const char* yes_or_no(bool answer) { return answer ? "yes" : "no"; }

}  // namespace

int main() {
  set_random_seed(16);
  std::vector<std::vector<double>> x;
  std::vector<double> y;
  for (double v = -2; v <= 2; v += 0.02) {
    x.push_back({v});
    y.push_back(v * v);
  }

  // The last layer gives float32, as Keras advises: losses are computed in float32 whatever layers give.
  config::set_dtype_policy("mixed_bfloat16");
  Sequential model({Input({1}), layers::Dense(32, "tanh"), layers::Dense(1, {.dtype = "float32"})});
  config::set_dtype_policy("float32");
  model.compile({.optimizer = optimizers::Adam(0.01), .loss = "mse"});
  const History history = model.fit(x, y, {.epochs = 120, .verbose = 0});

  const Layer hidden = model.layers().front();
  const at::Tensor output = hidden(torch::ones({1, 1}));
  fmt::print("hidden layer: weights {}, outputs {}\n", to_string(hidden.variable_dtype()),
             to_string(hidden.compute_dtype()));
  fmt::print("outputs take {} bytes a value\n", output.element_size());
  fmt::print("it learns: {}\n", yes_or_no(history["loss"].back() < 0.05));

  // A bfloat16 has 8 bits for its digits: 1 and 1.001 are the same. A weight that is kept in float32 is not lost.
  const at::Tensor weight = torch::tensor(1.001F);
  fmt::print("1.001 is 1 in bfloat16: {}\n", yes_or_no(weight.to(torch::kBFloat16).item<float>() == 1.0F));

  // float64 is for those who compare with a reference. Doubles are then used where they lie.
  config::set_floatx("float64");
  config::set_dtype_policy("float64");
  const Array one = Sequential({Input({1}), layers::Dense(1, {.kernel_initializer = "ones"})})
                        .predict({{1.0 + 1e-12}}, {.verbose = 0});
  fmt::print("{}: {:.12f}\n", to_string(one.dtype()), one.to_vector<double>().front());
}

// Prints:
// hidden layer: weights float32, outputs bfloat16
// outputs take 2 bytes a value
// it learns: yes
// 1.001 is 1 in bfloat16: yes
// float64: 1.000000000001

// Lesson 2: does `fit` take tensors as well as arrays?
//
// It takes what a C++ program has: vectors, nested vectors, std::array, C arrays, spans, views, a pointer with a shape,
// torch::Tensor, keraslike::Array, each of any number type. Contiguous float32 is used where it lies, without a copy;
// anything else is converted once, before training begins.
//
// With LibTorch alone you would write torch::from_blob(data, sizes, torch::kFloat64).to(torch::kFloat32).clone(), and
// silently train on garbage where the dtype given is not the dtype of the memory.

#include <array>
#include <cmath>
#include <ranges>
#include <span>
#include <vector>

#include <fmt/format.h>

#include <keraslike/keraslike.h>
#include <keraslike/torch.h>

using namespace keraslike;

namespace {

Sequential founding_model() {
  set_random_seed(1);
  Sequential model({layers::Dense(128, {.activation = "relu", .input_shape = Shape{10}}), layers::Dense(1)});
  model.compile({.optimizer = "adam", .loss = "mse"});
  return model;
}

double final_loss(const Data& x, const Data& y) {
  return founding_model().fit(x, y, {.batch_size = 32, .epochs = 10, .verbose = 0})["loss"].back();
}

}  // namespace

int main() {
  torch::manual_seed(0);
  const torch::Tensor x = torch::rand({100, 10});
  const torch::Tensor y = torch::rand({100, 1});

  // The first founding example: float32 tensors.
  const double loss = final_loss(x, y);
  fmt::print("tensors          {:.4f}\n", loss);

  // The same numbers in other clothes give the same training, to the last bit.
  const std::vector<float> flat(x.data_ptr<float>(), x.data_ptr<float>() + x.numel());
  const std::vector<float> targets(y.data_ptr<float>(), y.data_ptr<float>() + y.numel());
  std::vector<std::array<double, 10>> rows(100);
  for (size_t i = 0; i < rows.size(); ++i) std::copy_n(flat.begin() + static_cast<long>(i) * 10, 10, rows[i].begin());
  const torch::Tensor strided = x.t().contiguous().t();
  const auto view = rows | std::views::transform([](const auto& row) { return std::span(row); });

  fmt::print("pointer + shape  {}\n", final_loss({flat.data(), {100, 10}}, targets) == loss);
  fmt::print("rows of double   {}\n", final_loss(rows, targets) == loss);
  fmt::print("strided tensor   {}\n", final_loss(strided, y) == loss);
  fmt::print("float64 tensor   {}\n", final_loss(x.to(torch::kFloat64), y) == loss);
  fmt::print("a view           {}\n", final_loss(view, targets) == loss);
}

// Prints:
// tensors          0.0727
// pointer + shape  true
// rows of double   true
// strided tensor   true
// float64 tensor   true
// a view           true

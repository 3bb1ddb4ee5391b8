#pragma once

// Inputs that the golden values of losses and metrics were made from: numpy.random.default_rng(7), rounded to three
// places (scores and values normal, probabilities uniform in [0.02, 0.98]).

#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/tensor.h>

namespace keraslike::test {

inline at::Tensor tensor(std::vector<float> values, const std::vector<int64_t>& shape) {
  return at::tensor(values, at::kFloat).reshape(shape);
}
inline at::Tensor tensor(std::vector<float> values) {
  const auto size = static_cast<int64_t>(values.size());
  return tensor(std::move(values), {size});
}
inline at::Tensor labels(std::vector<int64_t> values) { return at::tensor(values, at::kLong); }

inline at::Tensor scores() {
  return tensor({0.001F, 0.299F, -0.274F, -0.891F, -0.455F, -0.992F, 0.06F, 1.34F, -0.492F, -0.62F, 0.49F, 0.357F},
                {4, 3});
}
inline at::Tensor values() {
  return tensor(
      {0.105F, -0.93F, -0.029F, 0.695F, -1.344F, -0.458F, -1.901F, -1.29F, -1.842F, -0.235F, -1.267F, 0.271F}, {4, 3});
}
inline at::Tensor probabilities() {
  return tensor({0.054F, 0.514F, 0.468F, 0.9F, 0.624F, 0.514F, 0.497F, 0.258F, 0.031F, 0.205F, 0.684F, 0.213F}, {4, 3});
}
inline at::Tensor multi_hot() { return tensor({0, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 0}, {4, 3}); }
inline at::Tensor one_hot() { return tensor({0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0}, {4, 3}); }
inline at::Tensor classes() { return labels({2, 0, 1, 1}); }
inline at::Tensor weights() { return tensor({0.5F, 2.0F, 1.0F, 3.0F}); }

inline bool is_close(const at::Tensor& actual, const std::vector<float>& expected, double tolerance = 2e-6) {
  const auto count = static_cast<int64_t>(expected.size());
  return actual.numel() == count && at::allclose(actual.reshape({-1}), tensor(expected), tolerance, 1e-7);
}
inline bool is_close(const at::Tensor& actual, float expected, double tolerance = 2e-6) {
  return actual.dim() == 0 && is_close(actual, std::vector<float>{expected}, tolerance);
}

}  // namespace keraslike::test

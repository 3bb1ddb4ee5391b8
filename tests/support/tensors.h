#pragma once

// Small tensors for tests, and the comparison of them with golden values.

#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>

namespace keraslike::test {

inline at::Tensor tensor_of(const std::vector<double>& values, const std::vector<int64_t>& shape) {
  return at::tensor(values, at::kDouble).to(at::kFloat).reshape(shape);
}

inline std::vector<double> values_of(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.detach().to(at::kDouble).contiguous();
  return {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
}

// Empty where all values agree, else what differs: an assertion on it shows the numbers.
inline std::vector<std::pair<double, double>> differences(const at::Tensor& actual, const std::vector<double>& expected,
                                                          double relative = 1e-6, double absolute = 1e-7) {
  std::vector<std::pair<double, double>> result;
  const std::vector<double> values = values_of(actual);
  if (values.size() != expected.size()) result.emplace_back(values.size(), expected.size());
  for (size_t i = 0; result.empty() && i < values.size(); ++i) {
    const bool is_close = std::abs(values[i] - expected[i]) <= absolute + relative * std::abs(expected[i]);
    if (values[i] != expected[i] && !is_close) result.emplace_back(values[i], expected[i]);
  }
  return result;
}

}  // namespace keraslike::test

#include "optimizers/trajectory.h"

#include <cmath>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/clamp_min.h>
#include <ATen/ops/tensor.h>

#include "keraslike/constraints/constraint.h"
#include "optimizers/golden.h"
#include "optimizers/golden_jax.h"

#include "support/catch.h"

using namespace keraslike;

namespace {

class NotNegative final : public constraints::ConstraintImpl {
 public:
  void fields(Fields&) override {}
  at::Tensor call(const at::Tensor& weight) const override { return at::clamp_min(weight, 0.0); }
};

std::vector<double> numbers(int count, int step) {
  std::vector<double> values;
  for (int k = 0; k < count; ++k) values.push_back(std::sin(1.7 * k + 2.3 * step + 0.4) * (0.2 + 0.1 * (step % 4)));
  return values;
}

std::vector<double> five_times(std::vector<double> values) {
  for (auto& value : values) value = 5.0 * static_cast<float>(value);
  return values;
}

at::Tensor stored_tensor(const std::vector<double>& values, const Shape& shape, const std::vector<int64_t>& stored) {
  const at::Tensor tensor = at::tensor(values).to(at::kFloat).view(shape);
  return stored.empty() ? tensor : tensor.permute(stored).contiguous();
}

}  // namespace

WeightPtr make_weight(const std::string& path, const Shape& shape, const std::vector<double>& values,
                      const std::vector<int64_t>& stored) {
  auto weight = std::make_shared<layers::Weight>();
  weight->path = path;
  weight->name = path.substr(path.rfind('/') + 1);
  weight->shape = shape;
  weight->stored = stored;
  weight->tensor = stored_tensor(values, shape, stored).requires_grad_(true);
  return weight;
}

at::Tensor make_gradient(const WeightPtr& weight, const std::vector<double>& values) {
  return stored_tensor(values, weight->shape, weight->stored);
}

std::vector<double> values_of(const WeightPtr& weight) {
  const at::Tensor flat = weight->in_keras_shape().contiguous().view(-1).to(at::kDouble);
  return {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
}

std::vector<std::string> paths(const Optimizer& optimizer) {
  std::vector<std::string> result;
  for (const auto& variable : optimizer->variables()) result.push_back(variable->path);
  return result;
}

std::vector<double> after_three_steps(const Optimizer& optimizer) {
  const auto weight = make_weight("w", {3}, {1, -2, 0.5});
  optimizer->build({weight});
  for (const auto& gradient : {std::vector{0.1, -0.2, 0.3}, {-0.05, 0.4, 0.1}, {0.2, 0.2, -0.1}}) {
    optimizer->apply({make_gradient(weight, gradient)});
  }
  return values_of(weight);
}

std::vector<double> after_ten_steps(const Optimizer& optimizer) {
  const auto kernel = make_weight("kernel", {3, 4}, five_times(numbers(12, 0)), {1, 0});
  const auto bias = make_weight("bias", {4}, five_times(numbers(4, 7)));
  bias->constraint = Constraint(std::make_shared<NotNegative>());
  optimizer->build({kernel, bias});
  for (int step = 1; step <= 10; ++step) {
    optimizer->apply({make_gradient(kernel, numbers(12, step)), make_gradient(bias, numbers(4, step + 7))});
  }
  auto values = values_of(kernel);
  for (const double value : values_of(bias)) values.push_back(value);
  optimizer->finalize_weights();
  const auto final_values = values_of(kernel);
  values.insert(values.end(), final_values.begin(), final_values.begin() + 4);
  return values;
}

void check_close(const std::vector<double>& actual, const std::vector<double>& expected) {
  REQUIRE(actual.size() == expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    INFO("element " << i << ": " << actual[i] << ", expected " << expected[i]);
    CHECK(std::abs(actual[i] - expected[i]) <= 1e-6 * std::max(1.0, std::abs(expected[i])));
  }
}

void check_golden(const std::string& key, const Optimizer& optimizer) {
  INFO(key);
  const auto found = kGolden.find(key);
  check_close(after_ten_steps(optimizer), found == kGolden.end() ? kGoldenJax.at(key) : found->second);
}

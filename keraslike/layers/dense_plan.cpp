#include "keraslike/layers/dense_plan.h"

#include <algorithm>
#include <utility>

#include "keraslike/activations/plan.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/utils/kernels.h"
#include "keraslike/utils/parallel.h"
#include "keraslike/utils/products.h"

namespace keraslike::layers {

namespace {

using activations::Loops;
using utils::products::Product;

// Fewer values of a gradient than these are not worth a second thread.
constexpr int64_t kValuesPerThread = 8192;

at::Tensor as_rows(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.view({-1, tensor.size(-1)}) : at::Tensor();
}

at::Tensor detached(const at::Tensor& tensor) { return tensor.defined() ? tensor.detach() : at::Tensor(); }

// Weights stay where they are as long as the plan is valid.
class DenseStep final : public PlannedStep {
 public:
  DenseStep(const PlanTensor& input, const PlanTensor& output, const at::Tensor& kernel, const at::Tensor& bias,
            const StepPlanner& planner, const Loops& activation)
      : activation_(activation),
        y_(as_rows(output.value)),
        y_gradient_(as_rows(output.gradient)),
        bias_gradient_(planner.gradient_of(bias)) {
    const at::Tensor x = as_rows(input.value);
    const at::Tensor x_gradient = as_rows(input.gradient);
    const at::Tensor kernel_gradient = planner.gradient_of(kernel);
    forward_ = Product(x, kernel.detach().t(), detached(bias), y_);
    if (x_gradient.defined()) to_input_ = Product(y_gradient_, kernel.detach(), {}, x_gradient);
    if (kernel_gradient.defined()) to_kernel_ = Product(y_gradient_.t(), x, {}, kernel_gradient);
  }

  void forward() override { forward_.run(activation_.forward); }

  void backward() override {
    if (!y_gradient_.defined()) return;
    if (activation_.backward != nullptr || bias_gradient_.defined()) finish_gradient();
    if (to_input_.defined()) to_input_.run();
    if (to_kernel_.defined()) to_kernel_.run();
  }

 private:
  // The gradient of what came before the activation, and its sum over the rows; each thread has some columns.
  void finish_gradient() {
    const int64_t columns = y_.size(1);
    const int64_t parts = std::min(utils::threads_for(y_.numel(), kValuesPerThread), columns);
    utils::for_ranges(columns, parts, /*grain=*/16, [&](int64_t begin, int64_t end) {
      finish_columns(begin, end - begin);
    });
  }

  void finish_columns(int64_t begin, int64_t count) {
    const int64_t rows = y_.size(0);
    const int64_t width = y_.size(1);
    const float* const values = y_.data_ptr<float>() + begin;
    float* const gradient = y_gradient_.data_ptr<float>() + begin;
    if (activation_.backward != nullptr && count == width) {
      activation_.backward(values, gradient, gradient, rows * width);
    } else if (activation_.backward != nullptr) {
      for (int64_t i = 0; i < rows * width; i += width) {
        activation_.backward(values + i, gradient + i, gradient + i, count);
      }
    }
    if (!bias_gradient_.defined()) return;
    utils::kernels::sum_rows(gradient, bias_gradient_.data_ptr<float>() + begin, rows, count, width);
  }

  Loops activation_;
  at::Tensor y_, y_gradient_;
  at::Tensor bias_gradient_;
  Product forward_, to_input_, to_kernel_;
};

}  // namespace

std::optional<PlannedLayer> planned_dense(const activations::Activation& activation, const StepPlanner& planner,
                                          const PlanTensor& input, const at::Tensor& kernel, const at::Tensor& bias) {
  std::vector<int64_t> sizes = input.value.sizes().vec();
  sizes.back() = kernel.size(0);
  const PlanTensor output = planner.output(sizes, {input}, {kernel, bias});
  const auto planned = activation->plan(planner.training());
  if (const auto loops = planned ? planned->loops() : std::nullopt) {
    return PlannedLayer{{output}, std::make_unique<DenseStep>(input, output, kernel, bias, planner, *loops)};
  }
  return planned_with_activation(activation, planner, output, [&](const PlanTensor& before) {
    return std::make_unique<DenseStep>(input, before, kernel, bias, planner, Loops());
  });
}

}  // namespace keraslike::layers

#include "keraslike/layers/layer_normalization_plan.h"

#include "keraslike/layers/convolving_step.h"

namespace keraslike::layers {

namespace {

class LayerNormalizationStep final : public PlannedStep {
 public:
  LayerNormalizationStep(const StepPlanner& planner, const PlanTensor& input, const PlanTensor& output, int64_t width,
                         const at::Tensor& gamma, const at::Tensor& beta, double epsilon)
      : width_(width),
        rows_(input.value.numel() / width),
        epsilon_(static_cast<float>(epsilon)),
        input_(input),
        output_(output),
        gamma_(gamma),
        beta_(beta),
        gamma_gradient_(planner.gradient_of(gamma)),
        beta_gradient_(planner.gradient_of(beta)),
        mean_(planner.buffer({rows_})),
        inverse_(planner.buffer({rows_})),
        sums_(rows_, width) {}

  void forward() override {
    share_out(rows_, rows_ * width_, 1, [&](int64_t begin, int64_t end) {
      utils::kernels::normalize_rows(numbers(input_.value) + begin * width_, numbers(gamma_), numbers(beta_), epsilon_,
                                     numbers(output_.value) + begin * width_, numbers(mean_) + begin,
                                     numbers(inverse_) + begin, end - begin, width_);
    });
  }

  void backward() override {
    if (!output_.gradient.defined()) return;
    const float* const gradient = numbers(output_.gradient);
    if (beta_gradient_.defined()) {
      sums_.run(numbers(beta_gradient_), [&](int64_t first, int64_t count, float* sum) {
        utils::kernels::sum_rows(gradient + first * width_, sum, count, width_);
      });
    }
    if (gamma_gradient_.defined()) {
      sums_.run(numbers(gamma_gradient_), [&](int64_t first, int64_t count, float* sum) {
        utils::kernels::sum_normalized(gradient + first * width_, numbers(input_.value) + first * width_,
                                       numbers(mean_) + first, numbers(inverse_) + first, sum, count, width_);
      });
    }
    if (!input_.gradient.defined()) return;
    share_out(rows_, rows_ * width_, 1, [&](int64_t begin, int64_t end) {
      utils::kernels::normalize_rows_backward(numbers(input_.value) + begin * width_, gradient + begin * width_,
                                              numbers(gamma_), numbers(mean_) + begin, numbers(inverse_) + begin,
                                              numbers(input_.gradient) + begin * width_, end - begin, width_);
    });
  }

 private:
  int64_t width_, rows_;
  float epsilon_;
  PlanTensor input_, output_;
  at::Tensor gamma_, beta_, gamma_gradient_, beta_gradient_;
  at::Tensor mean_, inverse_;  // of each row, and what it is multiplied by
  RowSums sums_;
};

}  // namespace

PlannedLayer planned_layer_normalization(const StepPlanner& planner, const PlanTensor& input, int64_t width,
                                         const at::Tensor& gamma, const at::Tensor& beta, double epsilon) {
  const PlanTensor output = planner.output(input.value.sizes(), {input}, {gamma, beta});
  return {{output}, std::make_unique<LayerNormalizationStep>(planner, input, output, width, gamma, beta, epsilon)};
}

}  // namespace keraslike::layers

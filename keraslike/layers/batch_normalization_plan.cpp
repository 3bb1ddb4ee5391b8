#include "keraslike/layers/batch_normalization_plan.h"

#include <cmath>

#include <ATen/core/grad_mode.h>

#include "keraslike/layers/convolving_step.h"

namespace keraslike::layers {

namespace {

// y = x * scale + shift, with one scale and shift for each channel.
class BatchNormalizationStep final : public PlannedStep {
 public:
  BatchNormalizationStep(const StepPlanner& planner, const PlanTensor& input, const PlanTensor& output,
                         const BatchNormalizationParts& parts)
      : parts_(parts),
        width_(input.value.size(-1)),
        rows_(input.value.numel() / width_),
        input_(input),
        output_(output),
        gamma_gradient_(planner.gradient_of(parts.gamma)),
        beta_gradient_(planner.gradient_of(parts.beta)),
        sums_(rows_, width_),
        products_(rows_, width_),
        mean_(planner.buffer({width_})),
        variance_(planner.buffer({width_})),
        vectors_(static_cast<size_t>(kVectors * width_)) {}

  void forward() override {
    if (parts_.use_batch) take_statistics();
    const float* const mean = numbers(parts_.use_batch ? mean_ : parts_.moving_mean);
    const float* const variance = numbers(parts_.use_batch ? variance_ : parts_.moving_variance);
    const float* const gamma = numbers(parts_.gamma);
    const float* const beta = numbers(parts_.beta);
    for (int64_t i = 0; i < width_; ++i) {
      vector(kInverse)[i] = 1.0F / std::sqrt(variance[i] + static_cast<float>(parts_.epsilon));
      vector(kScale)[i] = vector(kInverse)[i] * (gamma == nullptr ? 1.0F : gamma[i]);
      vector(kShift)[i] = (beta == nullptr ? 0.0F : beta[i]) - mean[i] * vector(kScale)[i];
      vector(kMean)[i] = mean[i];
    }
    each_rows([&](int64_t at, int64_t count) {
      utils::kernels::scale_rows(numbers(input_.value) + at, vector(kScale), vector(kShift),
                                 numbers(output_.value) + at, count, width_);
    });
  }

  void backward() override {
    if (!output_.gradient.defined()) return;
    if (gamma_gradient_.defined() || beta_gradient_.defined() || parts_.use_batch) sum_up();
    copy_to(gamma_gradient_, kProducts);
    copy_to(beta_gradient_, kSums);
    if (!input_.gradient.defined()) return;
    lay_out_backward();
    each_rows([&](int64_t at, int64_t count) {
      utils::kernels::combine_rows(numbers(output_.gradient) + at, numbers(input_.value) + at, vector(kScale),
                                   vector(kOfX), vector(kShift), numbers(input_.gradient) + at, count, width_);
    });
  }

 private:
  enum Vector { kInverse, kScale, kShift, kMean, kSums, kProducts, kOfX, kVectors };
  float* vector(Vector which) { return vectors_.data() + which * width_; }

  void take_statistics() {
    const float* const x = numbers(input_.value);
    float* const mean = numbers(mean_);
    float* const variance = numbers(variance_);
    const auto count = static_cast<float>(rows_);
    sums_.run(mean, [&](int64_t first, int64_t rows, float* sum) {
      utils::kernels::sum_rows(x + first * width_, sum, rows, width_);
    });
    for (int64_t i = 0; i < width_; ++i) mean[i] /= count;
    sums_.run(variance, [&](int64_t first, int64_t rows, float* sum) {
      utils::kernels::sum_squares(x + first * width_, mean, sum, rows, width_);
    });
    for (int64_t i = 0; i < width_; ++i) variance[i] /= count;
    follow(parts_.moving_mean, mean_, parts_.momentum);
    follow(parts_.moving_variance, variance_, parts_.momentum);
  }

  // Of the output's gradient, and of its products with what was normalized.
  void sum_up() {
    const float* const x = numbers(input_.value);
    const float* const gradient = numbers(output_.gradient);
    sums_.run(vector(kSums), [&](int64_t first, int64_t rows, float* sum) {
      utils::kernels::sum_rows(gradient + first * width_, sum, rows, width_);
    });
    products_.run(vector(kProducts), [&](int64_t first, int64_t rows, float* sum) {
      utils::kernels::sum_products(gradient + first * width_, x + first * width_, vector(kMean), sum, rows, width_);
    });
    for (int64_t i = 0; i < width_; ++i) vector(kProducts)[i] *= vector(kInverse)[i];
  }

  // dx = scale * (dy - mean(dy) - z * mean(dy * z)) of z = (x - mean) * inverse; without the means where the statistics
  // do not depend on x.
  void lay_out_backward() {
    const auto count = static_cast<float>(rows_);
    for (int64_t i = 0; i < width_; ++i) {
      const float of_z = parts_.use_batch ? vector(kScale)[i] * vector(kProducts)[i] / count : 0.0F;
      const float constant = parts_.use_batch ? vector(kScale)[i] * vector(kSums)[i] / count : 0.0F;
      vector(kOfX)[i] = -of_z * vector(kInverse)[i];
      vector(kShift)[i] = -constant - vector(kOfX)[i] * vector(kMean)[i];
    }
  }

  void copy_to(const at::Tensor& gradient, Vector sums) {
    if (gradient.defined()) std::copy_n(vector(sums), width_, numbers(gradient));
  }

  template <class Part>
  void each_rows(Part&& part) const {
    share_out(rows_, rows_ * width_, 1, [&](int64_t begin, int64_t end) { part(begin * width_, end - begin); });
  }

  BatchNormalizationParts parts_;
  int64_t width_, rows_;
  PlanTensor input_, output_;
  at::Tensor gamma_gradient_, beta_gradient_;
  RowSums sums_, products_;
  at::Tensor mean_, variance_;
  std::vector<float> vectors_;
};

}  // namespace

PlannedLayer planned_batch_normalization(const StepPlanner& planner, const PlanTensor& input,
                                         const BatchNormalizationParts& parts) {
  const PlanTensor output = planner.output(input.value.sizes(), {input}, {parts.gamma, parts.beta});
  return {{output}, std::make_unique<BatchNormalizationStep>(planner, input, output, parts)};
}

void follow(const at::Tensor& moving, const at::Tensor& value, double momentum) {
  const at::NoGradGuard no_grad;
  moving.mul_(momentum).add_(value, 1.0 - momentum);
}

}  // namespace keraslike::layers

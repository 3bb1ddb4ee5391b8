#include "keraslike/layers/depthwise_plan.h"

#include <algorithm>

#include "keraslike/utils/windows.h"

namespace keraslike::layers {

namespace {

int64_t count(const std::vector<int64_t>& offsets) { return static_cast<int64_t>(offsets.size()); }

// Sums over windows with weights, in one direction of the convolution.
class DepthwiseSums {
 public:
  DepthwiseSums(const ConvolutionForm& form, Sights sights, int64_t target_cells)
      : form_(form), sights_(std::move(sights)), target_image_(target_cells * form.channels) {
    kernel_.resize(static_cast<size_t>(form.kernel_cells() * form.channels));
  }

  const Sights& sights() const { return sights_; }
  const float* source() const { return source_; }
  void look_at(const float* source) { source_ = sights_.source.padded(source); }

  void run(const at::Tensor& kernel, const float* bias, bool relu, float* target) {
    for (const Sight& sight : sights_.all) {
      lay_out(sight, kernel.data_ptr<float>());
      const int64_t places = form_.batch * count(sight.to);
      share_out(places, places * count(sight.cells) * form_.channels, 1, [&](int64_t begin, int64_t end) {
        utils::windows::table()->depthwise(
            {.x = source_,
             .from = {sight.from.data(), count(sight.from), sights_.source.image_size()},
             .cells = sight.offsets.data(),
             .cell_count = count(sight.offsets),
             .kernel = kernel_.data(),
             .bias = bias,
             .relu = relu,
             .y = target,
             .to = {sight.to.data(), count(sight.to), target_image_},
             .channels = form_.channels},
            begin, end);
      });
    }
  }

 private:
  // (cells that are seen, channels)
  void lay_out(const Sight& sight, const float* kernel) {
    float* to = kernel_.data();
    for (const int64_t cell : sight.cells) {
      for (int64_t i = 0; i < form_.channels; ++i) *to++ = kernel[i * form_.kernel_cells() + cell];
    }
  }

  ConvolutionForm form_;
  Sights sights_;
  int64_t target_image_;
  std::vector<float> kernel_;
  const float* source_ = nullptr;
};

// The kernel's gradient, in parts that do not depend on the number of threads.
class DepthwiseGradient {
 public:
  explicit DepthwiseGradient(const ConvolutionForm& form)
      : form_(form),
        parts_(std::min<int64_t>(form.batch, 16)),
        size_(form.kernel_cells() * form.channels),
        sums_(static_cast<size_t>(parts_ * size_)),
        sum_(static_cast<size_t>(size_)) {}

  void run(const DepthwiseSums& outputs, const float* output_gradient, float* kernel_gradient) {
    share_out(parts_, form_.work(), 1, [&](int64_t begin, int64_t end) {
      for (int64_t part = begin; part < end; ++part) add_images(outputs, output_gradient, part);
    });
    utils::kernels::sum_rows(sums_.data(), sum_.data(), parts_, size_);
    const float* from = sum_.data();
    for (int64_t cell = 0; cell < form_.kernel_cells(); ++cell) {
      for (int64_t i = 0; i < form_.channels; ++i) kernel_gradient[i * form_.kernel_cells() + cell] = *from++;
    }
  }

 private:
  void add_images(const DepthwiseSums& outputs, const float* output_gradient, int64_t part) {
    const Sight& sight = outputs.sights().all.front();
    float* const sums = sums_.data() + part * size_;
    std::fill_n(sums, size_, 0.0F);
    for (int64_t i = form_.batch * part / parts_; i < form_.batch * (part + 1) / parts_; ++i) {
      utils::windows::table()->depthwise_gradient({.x = outputs.source() + i * outputs.sights().source.image_size(),
                                                   .places = sight.from.data(),
                                                   .count = form_.outputs(),
                                                   .cells = sight.offsets.data(),
                                                   .cell_count = form_.kernel_cells(),
                                                   .y_gradient = output_gradient + i * form_.outputs() * form_.channels,
                                                   .y_stride = form_.channels,
                                                   .sums = sums,
                                                   .sums_stride = form_.channels,
                                                   .columns = form_.channels});
    }
  }

  ConvolutionForm form_;
  int64_t parts_, size_;
  std::vector<float> sums_, sum_;
};

class DepthwiseStep final : public ConvolvingStep {
 public:
  DepthwiseStep(const StepPlanner& planner, const PlanTensor& input, const PlanTensor& output, bool relu,
                const ConvolutionForm& form, const ConvolutionParts& parts)
      : ConvolvingStep(planner, input, output, relu, parts),
        outputs_(form, sights_of_outputs(form), form.outputs()) {
    if (input.gradient.defined()) inputs_.emplace(form, sights_of_inputs(form), form.inputs());
    if (kernel_gradient_.defined()) sums_.emplace(form);
  }

  void forward() override {
    outputs_.look_at(numbers(input_.value));
    outputs_.run(kernel_, numbers(bias_), relu_, numbers(output_.value));
  }

 private:
  void run_backward() override {
    const float* const gradient = numbers(output_.gradient);
    if (sums_) sums_->run(outputs_, gradient, numbers(kernel_gradient_));
    if (!inputs_) return;
    inputs_->look_at(gradient);
    inputs_->run(kernel_, nullptr, /*relu=*/false, numbers(input_.gradient));
  }

  DepthwiseSums outputs_;
  std::optional<DepthwiseSums> inputs_;
  std::optional<DepthwiseGradient> sums_;
};

}  // namespace

std::optional<PlannedLayer> planned_depthwise_convolution(const StepPlanner& planner, const PlanTensor& input,
                                                          const Shape& output, const ConvolutionForm& form,
                                                          const ConvolutionParts& parts) {
  if (utils::windows::table() == nullptr) return std::nullopt;
  const PlanTensor result = planner.output(output, {input}, {parts.kernel, parts.bias});
  return planned_with_relu(parts.activation, planner, result, [&](const PlanTensor& before, bool relu) {
    return std::make_unique<DepthwiseStep>(planner, input, before, relu, form, parts);
  });
}

}  // namespace keraslike::layers

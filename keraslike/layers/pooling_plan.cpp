#include "keraslike/layers/pooling_plan.h"

#include <algorithm>
#include <limits>

#include "keraslike/utils/windows.h"

namespace keraslike::layers {

namespace {

using utils::windows::Pooling;

// How many cells of each window lie on the image.
std::vector<float> cells_on_image(const ConvolutionForm& form) {
  std::vector<float> counts{1.0F};
  for (const auto& axis : form.axes) {
    std::vector<float> wider;
    for (const float count : counts) {
      for (int64_t i = 0; i < axis.output; ++i) {
        const int64_t begin = i * axis.stride - axis.before;
        const int64_t on_axis = std::min(begin + axis.size, axis.input) - std::max<int64_t>(begin, 0);
        wider.push_back(count * static_cast<float>(on_axis));
      }
    }
    counts = std::move(wider);
  }
  return counts;
}

bool overlap(const ConvolutionForm& form) {
  return std::any_of(form.axes.begin(), form.axes.end(), [](const auto& axis) { return axis.stride < axis.size; });
}

// Whether each cell, margins included, lies in one window.
bool cover(const ConvolutionForm& form, const Sizes3& padded) {
  bool all = true;
  for (size_t i = 0; i < 3; ++i) {
    const auto& axis = form.axes[i];
    all = all && axis.stride == axis.size && axis.output * axis.size == padded[i];
  }
  return all;
}

class PoolingStep final : public PlannedStep {
 public:
  PoolingStep(PoolingKind kind, const StepPlanner& planner, const PlanTensor& input, const PlanTensor& output,
              const ConvolutionForm& form)
      : kind_(kind), form_(form), sights_(sights_of_outputs(form)), input_(input), output_(output) {
    if (kind == PoolingKind::Mean) divisors_ = cells_on_image(form);
    if (kind == PoolingKind::Max) sights_.source.fill_margin(-std::numeric_limits<float>::infinity());
    if (!input.gradient.defined()) return;
    gradients_ = sights_.source;
    covers_ = cover(form, gradients_.sizes());
    if (kind == PoolingKind::Max) chosen_ = planner.buffer(output.value.sizes(), at::kByte);
  }

  void forward() override {
    const auto run = kind_ == PoolingKind::Max ? utils::windows::table()->max : utils::windows::table()->mean;
    const float* const x = sights_.source.padded(input_.value.data_ptr<float>());
    each_image([&](int64_t image) {
      run(pooling_of(image), x + image * sights_.source.image_size(), row_of(output_.value, image));
    });
  }

  void backward() override {
    if (!input_.gradient.defined()) return;
    const auto& table = *utils::windows::table();
    const auto run = kind_ == PoolingKind::Max ? table.max_gradient : table.mean_gradient;
    float* const x_gradient = input_.gradient.data_ptr<float>();
    each_image([&](int64_t image) {
      float* const to = gradients_.image(image, x_gradient);
      if (!covers_) std::fill_n(to, gradients_.image_size(), 0.0F);
      run(pooling_of(image), row_of(output_.gradient, image), to);
      gradients_.crop(image, x_gradient);
    });
  }

 private:
  template <class Part>
  void each_image(Part&& part) const {
    share_out(form_.batch, form_.batch * form_.outputs() * form_.kernel_cells() * form_.channels, 1,
              [&](int64_t begin, int64_t end) {
                for (int64_t image = begin; image < end; ++image) part(image);
              });
  }

  Pooling pooling_of(int64_t image) const {
    const Sight& sight = sights_.all.front();
    return {.places = sight.from.data(),
            .count = form_.outputs(),
            .cells = sight.offsets.data(),
            .cell_count = form_.kernel_cells(),
            .channels = form_.channels,
            .overlap = overlap(form_),
            .chosen = chosen_.defined() ? chosen_.data_ptr<uint8_t>() + image * outputs() : nullptr,
            .divisors = divisors_.data()};
  }

  float* row_of(const at::Tensor& rows, int64_t image) const {
    return rows.data_ptr<float>() + image * outputs();
  }

  int64_t outputs() const { return form_.outputs() * form_.channels; }  // numbers of an image

  PoolingKind kind_;
  ConvolutionForm form_;
  Sights sights_;
  PlanTensor input_, output_;
  PaddedImages gradients_;
  bool covers_ = false;
  std::vector<float> divisors_;
  at::Tensor chosen_;
};

}  // namespace

std::optional<PlannedLayer> planned_pooling(PoolingKind kind, const StepPlanner& planner, const PlanTensor& input,
                                            const Shape& output, const ConvolutionForm& form) {
  constexpr int64_t kMostCells = std::numeric_limits<uint8_t>::max() + 1;
  if (utils::windows::table() == nullptr) return std::nullopt;
  if (kind == PoolingKind::Max && form.kernel_cells() > kMostCells) return std::nullopt;
  const PlanTensor result = planner.output(output, {input});
  return PlannedLayer{{result}, std::make_unique<PoolingStep>(kind, planner, input, result, form)};
}

}  // namespace keraslike::layers

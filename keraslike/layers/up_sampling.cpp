#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/sum.h>

#include "keraslike/layers/data_format.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/layer_impl.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/layers/reshaping.h"
#include "keraslike/layers/resize.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/registry.h"

namespace keraslike::layers {

namespace {

// Each cell becomes a block of equal cells. With an axis for a block's cells behind each axis from `first` on, an input
// has `cells` and an output `blocks`.
struct Blocks {
  template <std::size_t N>
  Blocks(at::IntArrayRef sizes, int64_t first, const Extent<N>& repeats) : cells(sizes.vec()), output(sizes.vec()) {
    blocks = cells;
    for (size_t i = 0; i < N; ++i) {
      axes.push_back(first + 2 * static_cast<int64_t>(i) + 1);
      output[static_cast<size_t>(first) + i] *= repeats[i];
      cells.insert(cells.begin() + axes.back(), 1);
      blocks.insert(blocks.begin() + axes.back(), repeats[i]);
    }
  }

  std::vector<int64_t> cells, blocks, output, axes;
};

template <std::size_t N>
class UpSamplingImpl : public LayerImpl {
 public:
  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    const Blocks of(input.sizes(), first_axis(), size_);
    return input.reshape(of.cells).expand(of.blocks).reshape(of.output);
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    const PlanTensor& input = inputs.front();
    const Blocks of(input.value.sizes(), first_axis(), size_);
    const PlanTensor output = planner.output(of.output, {input});
    const at::Tensor cells = input.value.view(of.cells);
    const at::Tensor blocks = output.value.view(of.blocks);
    const auto forward = [=] { blocks.copy_(cells); };
    if (!input.gradient.defined()) return PlannedLayer{{output}, planned_step(forward, [] {})};
    const at::Tensor gradients = output.gradient.view(of.blocks);
    const auto backward = [=, axes = of.axes, sums = input.gradient.view(of.cells)]() mutable {
      at::sum_out(sums, gradients, axes, /*keepdim=*/true);
    };
    return PlannedLayer{{output}, planned_step(forward, backward)};
  }

  Shape output_shape(const Shape& input) const override {
    auto lengths = spatial_sizes(input, data_format_);
    for (size_t i = 0; i < N; ++i) {
      if (lengths[i] >= 0) lengths[i] *= size_[i];
    }
    return with_spatial_sizes(input[0], lengths, input.dim(channel_axis(input, data_format_)), data_format_);
  }

  void check_input(const Shape& input) const override { expect_rank(input, N + 2); }

 protected:
  UpSamplingImpl() = default;
  UpSamplingImpl(LayerArguments arguments, const Extent<N>& size, const std::optional<std::string>& data_format)
      : LayerImpl(std::move(arguments)), size_(size), data_format_(data_format.value_or(kChannelsLast)) {
    settle_size();
  }

  int64_t first_axis() const { return is_channels_first(data_format_) ? 2 : 1; }

  void settle_size() {
    data_format_ = checked_data_format(data_format_);
    check_sizes("size", size_);
  }

  Extent<N> size_ = 2;
  std::string data_format_ = kChannelsLast;
};

class UpSampling1DImpl final : public UpSamplingImpl<1> {
 public:
  UpSampling1DImpl() = default;
  UpSampling1DImpl(int64_t size, const UpSampling1DOptions& options)
      : UpSamplingImpl(layer_arguments(options), checked(size), {}) {}

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("size", size_[0]);
    if (field.is_reading()) checked(size_[0]);
  }

 private:
  static int64_t checked(int64_t size) {
    if (size > 0) return size;
    throw ValueError("Argument `size` should be a positive integer. Received: size={}", size);
  }
};

class UpSampling2DImpl final : public UpSamplingImpl<2> {
 public:
  UpSampling2DImpl() = default;
  UpSampling2DImpl(Extent<2> size, const UpSampling2DOptions& options)
      : UpSamplingImpl(layer_arguments(options), size, options.data_format),
        interpolation_(options.interpolation) {
    settle_interpolation();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("size", size_);
    field("data_format", data_format_);
    field("interpolation", interpolation_);
    if (!field.is_reading()) return;
    settle_size();
    settle_interpolation();
  }

  at::Tensor call(const at::Tensor& input, const CallOptions& options) override {
    if (interpolation_ == "nearest") return UpSamplingImpl::call(input, options);
    const at::Tensor images = to_channels_first(input, data_format_);
    return from_channels_first(resized(images, images.size(2) * size_[0], images.size(3) * size_[1],
                                       {.interpolation = interpolation_}),
                               data_format_);
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    if (interpolation_ == "nearest") return UpSamplingImpl::plan(planner, inputs);
    return planned_by_autograd(*this, planner, inputs);
  }

 private:
  void settle_interpolation() {
    interpolation_ = utils::to_lower(interpolation_);
    check_interpolation(interpolation_);
  }

  std::string interpolation_ = "nearest";
};

class UpSampling3DImpl final : public UpSamplingImpl<3> {
 public:
  UpSampling3DImpl() = default;
  UpSampling3DImpl(Extent<3> size, const UpSampling3DOptions& options)
      : UpSamplingImpl(layer_arguments(options), size, options.data_format) {}

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("size", size_);
    field("data_format", data_format_);
    if (field.is_reading()) settle_size();
  }
};

}  // namespace

UpSampling1D::UpSampling1D(int64_t size, UpSampling1DOptions options)
    : Layer(std::make_shared<UpSampling1DImpl>(size, options)) {}
UpSampling2D::UpSampling2D(Extent<2> size, UpSampling2DOptions options)
    : Layer(std::make_shared<UpSampling2DImpl>(size, options)) {}
UpSampling3D::UpSampling3D(Extent<3> size, UpSampling3DOptions options)
    : Layer(std::make_shared<UpSampling3DImpl>(size, options)) {}

void register_up_sampling(Registry<LayerImpl>& layers) {
  layers.add<UpSampling1DImpl>("UpSampling1D");
  layers.add<UpSampling2DImpl>("UpSampling2D");
  layers.add<UpSampling3DImpl>("UpSampling3D");
}

}  // namespace keraslike::layers

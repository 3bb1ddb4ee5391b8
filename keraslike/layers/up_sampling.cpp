#include <vector>

#include <ATen/core/Tensor.h>

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

// Each cell along the axes from `first` on becomes a block of equal cells; one copy for all axes.
template <std::size_t N>
at::Tensor repeated(const at::Tensor& x, int64_t first, const Extent<N>& sizes) {
  std::vector<int64_t> blocks = x.sizes().vec();
  std::vector<int64_t> output = blocks;
  at::Tensor view = x;
  for (size_t i = 0; i < N; ++i) {
    const auto axis = static_cast<size_t>(first) + i;
    output[axis] *= sizes[i];
    view = view.unsqueeze(first + 2 * static_cast<int64_t>(i) + 1);
    blocks.insert(blocks.begin() + first + 2 * static_cast<int64_t>(i) + 1, sizes[i]);
  }
  return view.expand(blocks).reshape(output);
}

template <std::size_t N>
class UpSamplingImpl : public LayerImpl {
 public:
  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    return repeated(input, is_channels_first(data_format_) ? 2 : 1, size_);
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    return planned_by_autograd(*this, planner, inputs);
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

#include <numeric>

#include <ATen/ops/adaptive_avg_pool1d.h>
#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/adaptive_avg_pool3d.h>
#include <ATen/ops/adaptive_max_pool1d.h>
#include <ATen/ops/adaptive_max_pool2d.h>
#include <ATen/ops/adaptive_max_pool3d.h>
#include <ATen/ops/amax.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/where.h>

#include "keraslike/layers/data_format.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/layer_impl.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/layers/pooling.h"
#include "keraslike/layers/pooling_plan.h"
#include "keraslike/saving/fields.h"

namespace keraslike::layers {

namespace {

template <std::size_t N>
class GlobalPoolingImpl : public LayerImpl {
 public:
  GlobalPoolingImpl() = default;
  explicit GlobalPoolingImpl(GlobalPoolingOptions options)
      : LayerImpl(layer_arguments(options)),
        data_format_(checked_data_format(options.data_format)),
        keepdims_(options.keepdims) {}

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("data_format", data_format_);
    field("keepdims", keepdims_);
    if (field.is_reading()) data_format_ = checked_data_format(data_format_);
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    Extent<N> axes(0);
    std::iota(axes.begin(), axes.end(), is_channels_first(data_format_) ? 2 : 1);
    return pool(input, axes, keepdims_);
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    auto planned = planned_by_loops(planner, inputs.front());
    return planned ? std::move(planned) : planned_by_autograd(*this, planner, inputs);
  }

  Shape output_shape(const Shape& input) const override {
    const int64_t channels = input.dim(channel_axis(input, data_format_));
    if (!keepdims_) return {input[0], channels};
    return with_spatial_sizes(input[0], std::vector<int64_t>(N, 1), channels, data_format_);
  }

  void check_input(const Shape& input) const override { expect_rank(input, N + 2); }

 protected:
  virtual at::Tensor pool(const at::Tensor& x, at::IntArrayRef axes, bool keepdims) const = 0;
  virtual std::optional<PlannedLayer> planned_by_loops(const StepPlanner&, const PlanTensor&) const { return {}; }

  std::string data_format_ = kChannelsLast;
  bool keepdims_ = false;
};

template <std::size_t N>
class GlobalAveragePoolingImpl final : public GlobalPoolingImpl<N> {
 public:
  using GlobalPoolingImpl<N>::GlobalPoolingImpl;

  // Only over one axis does Keras leave out what is masked; the steps are gone afterwards.
  bool supports_masking() const override { return N == 1; }
  std::vector<at::Tensor> output_masks(const Call<Value>&, const Values&) const override { return {}; }

  std::vector<std::string> parameters() const override {
    return N == 1 ? std::vector<std::string>{"inputs", "mask"} : LayerImpl::parameters();
  }

  at::Tensor call(const at::Tensor& input, const CallOptions& options) override {
    if (N > 1 || options.mask == nullptr) return GlobalPoolingImpl<N>::call(input, options);
    const int64_t steps = is_channels_first(this->data_format_) ? 2 : 1;
    const at::Tensor mask = options.mask->to(at::kBool).unsqueeze(3 - steps);
    const at::Tensor sum = at::where(mask, input, 0.0).sum(steps, this->keepdims_);
    return sum / mask.to(input.scalar_type()).sum(steps, this->keepdims_);
  }

 protected:
  at::Tensor pool(const at::Tensor& x, at::IntArrayRef axes, bool keepdims) const override {
    return at::mean(x, axes, keepdims);
  }

  // One window as large as the image.
  std::optional<PlannedLayer> planned_by_loops(const StepPlanner& planner, const PlanTensor& input) const override {
    if (is_channels_first(this->data_format_)) return std::nullopt;
    const Shape shape = input.shape();
    std::vector<Window> windows;
    for (const int64_t size : spatial_sizes(shape, kChannelsLast)) windows.push_back({.size = size, .stride = 1});
    const Shape cell = with_spatial_sizes(shape[0], std::vector<int64_t>(N, 1), shape.dim(-1), kChannelsLast);
    const auto form = convolution_form(shape, cell, windows, "valid", /*groups=*/shape.dim(-1));
    return planned_pooling(PoolingKind::Mean, planner, input, this->output_shape(shape), form);
  }
};

template <std::size_t N>
class GlobalMaxPoolingImpl final : public GlobalPoolingImpl<N> {
 public:
  using GlobalPoolingImpl<N>::GlobalPoolingImpl;

 protected:
  at::Tensor pool(const at::Tensor& x, at::IntArrayRef axes, bool keepdims) const override {
    return at::amax(x, axes, keepdims);
  }
};

template <std::size_t N>
class AdaptivePoolingImpl : public LayerImpl {
 public:
  AdaptivePoolingImpl() = default;
  AdaptivePoolingImpl(Extent<N> output_size, AdaptivePoolingOptions options)
      : LayerImpl(layer_arguments(options)),
        output_size_(output_size),
        data_format_(options.data_format.value_or(kChannelsLast)) {
    settle();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("output_size", output_size_);
    field("data_format", data_format_);
    if (field.is_reading()) settle();
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    return from_channels_first(pool(to_channels_first(input, data_format_), output_size_), data_format_);
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    return planned_by_autograd(*this, planner, inputs);
  }

  Shape output_shape(const Shape& input) const override {
    return with_spatial_sizes(input[0], {output_size_.begin(), output_size_.end()},
                              input.dim(channel_axis(input, data_format_)), data_format_);
  }

  void check_input(const Shape& input) const override { expect_rank(input, N + 2); }

 protected:
  virtual at::Tensor pool(const at::Tensor& x, at::IntArrayRef size) const = 0;  // of (batch, channels, spatial...)

 private:
  void settle() {
    check_sizes("output_size", output_size_);
    data_format_ = checked_data_format(data_format_);
  }

  Extent<N> output_size_ = 1;
  std::string data_format_ = kChannelsLast;
};

template <std::size_t N>
class AdaptiveAveragePoolingImpl final : public AdaptivePoolingImpl<N> {
 public:
  using AdaptivePoolingImpl<N>::AdaptivePoolingImpl;

 protected:
  at::Tensor pool(const at::Tensor& x, at::IntArrayRef size) const override {
    if constexpr (N == 1) return at::adaptive_avg_pool1d(x, size);
    if constexpr (N == 2) return at::adaptive_avg_pool2d(x, size);
    if constexpr (N == 3) return at::adaptive_avg_pool3d(x, size);
  }
};

template <std::size_t N>
class AdaptiveMaxPoolingImpl final : public AdaptivePoolingImpl<N> {
 public:
  using AdaptivePoolingImpl<N>::AdaptivePoolingImpl;

 protected:
  at::Tensor pool(const at::Tensor& x, at::IntArrayRef size) const override {
    if constexpr (N == 1) return std::get<0>(at::adaptive_max_pool1d(x, size));
    if constexpr (N == 2) return std::get<0>(at::adaptive_max_pool2d(x, size));
    if constexpr (N == 3) return std::get<0>(at::adaptive_max_pool3d(x, size));
  }
};

template <std::size_t N>
void register_over(const std::string& axes, Registry<LayerImpl>& layers) {
  layers.add<GlobalAveragePoolingImpl<N>>("GlobalAveragePooling" + axes, {"GlobalAvgPool" + axes});
  layers.add<GlobalMaxPoolingImpl<N>>("GlobalMaxPooling" + axes, {"GlobalMaxPool" + axes});
  layers.add<AdaptiveAveragePoolingImpl<N>>("AdaptiveAveragePooling" + axes);
  layers.add<AdaptiveMaxPoolingImpl<N>>("AdaptiveMaxPooling" + axes);
}

}  // namespace

template <std::size_t N>
GlobalAveragePooling<N>::GlobalAveragePooling(GlobalPoolingOptions options)
    : Layer(std::make_shared<GlobalAveragePoolingImpl<N>>(std::move(options))) {}
template <std::size_t N>
GlobalMaxPooling<N>::GlobalMaxPooling(GlobalPoolingOptions options)
    : Layer(std::make_shared<GlobalMaxPoolingImpl<N>>(std::move(options))) {}
template <std::size_t N>
AdaptiveAveragePooling<N>::AdaptiveAveragePooling(Extent<N> output_size, AdaptivePoolingOptions options)
    : Layer(std::make_shared<AdaptiveAveragePoolingImpl<N>>(output_size, std::move(options))) {}
template <std::size_t N>
AdaptiveMaxPooling<N>::AdaptiveMaxPooling(Extent<N> output_size, AdaptivePoolingOptions options)
    : Layer(std::make_shared<AdaptiveMaxPoolingImpl<N>>(output_size, std::move(options))) {}

template class GlobalAveragePooling<1>;
template class GlobalAveragePooling<2>;
template class GlobalAveragePooling<3>;
template class GlobalMaxPooling<1>;
template class GlobalMaxPooling<2>;
template class GlobalMaxPooling<3>;
template class AdaptiveAveragePooling<1>;
template class AdaptiveAveragePooling<2>;
template class AdaptiveAveragePooling<3>;
template class AdaptiveMaxPooling<1>;
template class AdaptiveMaxPooling<2>;
template class AdaptiveMaxPooling<3>;

void register_global_pooling(Registry<LayerImpl>& layers) {
  register_over<1>("1D", layers);
  register_over<2>("2D", layers);
  register_over<3>("3D", layers);
}

}  // namespace keraslike::layers

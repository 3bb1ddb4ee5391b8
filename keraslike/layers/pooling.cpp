#include "keraslike/layers/pooling.h"

#include <limits>

#include <ATen/TensorOperators.h>
#include <ATen/ops/avg_pool1d.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/avg_pool3d.h>
#include <ATen/ops/max_pool1d.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/max_pool3d.h>
#include <ATen/ops/ones.h>

#include "keraslike/layers/data_format.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/layer_impl.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/layers/pooling_plan.h"
#include "keraslike/saving/fields.h"

namespace keraslike::layers {

namespace {

template <std::size_t N>
at::Tensor max_pool(const at::Tensor& x, at::IntArrayRef size, at::IntArrayRef strides, at::IntArrayRef padding) {
  if constexpr (N == 1) return at::max_pool1d(x, size, strides, padding);
  if constexpr (N == 2) return at::max_pool2d(x, size, strides, padding);
  if constexpr (N == 3) return at::max_pool3d(x, size, strides, padding);
}

template <std::size_t N>
at::Tensor average_pool(const at::Tensor& x, at::IntArrayRef size, at::IntArrayRef strides, at::IntArrayRef padding) {
  constexpr bool kCeil = false;
  constexpr bool kCountPadding = false;
  if constexpr (N == 1) return at::avg_pool1d(x, size, strides, padding, kCeil, kCountPadding);
  if constexpr (N == 2) return at::avg_pool2d(x, size, strides, padding, kCeil, kCountPadding);
  if constexpr (N == 3) return at::avg_pool3d(x, size, strides, padding, kCeil, kCountPadding);
}

template <std::size_t N>
class PoolingImpl : public LayerImpl {
 public:
  PoolingImpl() = default;
  PoolingImpl(Extent<N> pool_size, PoolingOptions<N> options)
      : LayerImpl(layer_arguments(options)),
        pool_size_(pool_size),
        strides_(options.strides.value_or(pool_size)),
        padding_(options.padding),
        data_format_(options.data_format.value_or(kChannelsLast)) {
    settle();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("pool_size", pool_size_);
    field("padding", padding_);
    field("strides", strides_);
    field("data_format", data_format_);
    if (field.is_reading()) settle();
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    return from_channels_first(pool(to_channels_first(input, data_format_)), data_format_);
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    auto planned = is_channels_first(data_format_) ? std::nullopt : planned_by_loops(planner, inputs.front());
    return planned ? std::move(planned) : planned_by_autograd(*this, planner, inputs);
  }

  Shape output_shape(const Shape& input) const override {
    return with_spatial_sizes(input[0], output_lengths(input, windows(), padding_, data_format_),
                              input.dim(channel_axis(input, data_format_)), data_format_);
  }

  void check_input(const Shape& input) const override {
    expect_rank(input, N + 2);
    check_lengths(output_lengths(input, windows(), padding_, data_format_), windows(), name(), input);
  }

 protected:
  virtual at::Tensor pool(const at::Tensor& x) const = 0;  // of (batch, channels, spatial...)
  virtual PoolingKind kind() const = 0;

  std::vector<Window> windows() const {
    std::vector<Window> result;
    for (size_t i = 0; i < N; ++i) result.push_back({pool_size_[i], strides_[i]});
    return result;
  }

  Extent<N> pool_size_ = 2;
  Extent<N> strides_ = 2;
  std::string padding_ = "valid";

 private:
  std::optional<PlannedLayer> planned_by_loops(const StepPlanner& planner, const PlanTensor& input) const {
    const Shape output = output_shape(input.shape());
    const auto form = convolution_form(input.shape(), output, windows(), padding_, /*groups=*/output.dim(-1));
    return planned_pooling(kind(), planner, input, output, form);
  }

  void settle() {
    padding_ = checked_padding(padding_, {"valid", "same"});
    data_format_ = checked_data_format(data_format_);
    check_sizes("pool_size", pool_size_);
    check_sizes("strides", strides_);
  }

  std::string data_format_ = kChannelsLast;
};

template <std::size_t N>
class MaxPoolingImpl final : public PoolingImpl<N> {
 public:
  using PoolingImpl<N>::PoolingImpl;

 protected:
  at::Tensor pool(const at::Tensor& x) const override {
    const auto windows = this->windows();
    if (const auto even = even_padding(x, windows, this->padding_)) {
      return max_pool<N>(x, this->pool_size_, this->strides_, *even);
    }
    const at::Tensor wider = padded(x, windows, this->padding_, -std::numeric_limits<double>::infinity());
    return max_pool<N>(wider, this->pool_size_, this->strides_, Extent<N>(0));
  }

  PoolingKind kind() const override { return PoolingKind::Max; }
};

template <std::size_t N>
class AveragePoolingImpl final : public PoolingImpl<N> {
 public:
  using PoolingImpl<N>::PoolingImpl;

 protected:
  // LibTorch can leave even padding out of the mean. Otherwise each mean is divided by the share of its window that
  // lies on the input.
  at::Tensor pool(const at::Tensor& x) const override {
    if (const auto even = even_padding(x, this->windows(), this->padding_)) return mean(x, *even);
    std::vector<int64_t> sizes = x.sizes().vec();
    sizes[0] = sizes[1] = 1;
    return mean(wider(x), Extent<N>(0)) / mean(wider(at::ones(sizes, x.options())), Extent<N>(0));
  }

  PoolingKind kind() const override { return PoolingKind::Mean; }

 private:
  at::Tensor mean(const at::Tensor& x, at::IntArrayRef padding) const {
    return average_pool<N>(x, this->pool_size_, this->strides_, padding);
  }
  at::Tensor wider(const at::Tensor& x) const { return padded(x, this->windows(), this->padding_, 0.0); }
};

}  // namespace

template <std::size_t N>
MaxPooling<N>::MaxPooling(Extent<N> pool_size, PoolingOptions<N> options)
    : Layer(std::make_shared<MaxPoolingImpl<N>>(pool_size, std::move(options))) {}
template <std::size_t N>
AveragePooling<N>::AveragePooling(Extent<N> pool_size, PoolingOptions<N> options)
    : Layer(std::make_shared<AveragePoolingImpl<N>>(pool_size, std::move(options))) {}

template class MaxPooling<1>;
template class MaxPooling<2>;
template class MaxPooling<3>;
template class AveragePooling<1>;
template class AveragePooling<2>;
template class AveragePooling<3>;

void register_pooling(Registry<LayerImpl>& layers) {
  layers.add<MaxPoolingImpl<1>>("MaxPooling1D", {"MaxPool1D"});
  layers.add<MaxPoolingImpl<2>>("MaxPooling2D", {"MaxPool2D"});
  layers.add<MaxPoolingImpl<3>>("MaxPooling3D", {"MaxPool3D"});
  layers.add<AveragePoolingImpl<1>>("AveragePooling1D", {"AvgPool1D"});
  layers.add<AveragePoolingImpl<2>>("AveragePooling2D", {"AvgPool2D"});
  layers.add<AveragePoolingImpl<3>>("AveragePooling3D", {"AvgPool3D"});
}

}  // namespace keraslike::layers

#include "keraslike/layers/pooling.h"

#include <algorithm>
#include <limits>

#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/mean.h>

#include "keraslike/layers/data_format.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/layer_impl.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

class MaxPooling2DImpl final : public LayerImpl {
 public:
  MaxPooling2DImpl() = default;
  MaxPooling2DImpl(Extent<2> pool_size, MaxPooling2DOptions options)
      : LayerImpl({options.name, options.trainable, options.input_shape}),
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
    const at::Tensor x = padded(to_channels_first(input, data_format_), windows(), padding_,
                                -std::numeric_limits<double>::infinity());
    return from_channels_first(at::max_pool2d(x, pool_size_, strides_), data_format_);
  }

  Shape output_shape(const Shape& input) const override {
    const auto lengths = spatial_sizes(input, data_format_);
    const auto windows = this->windows();
    std::vector<int64_t> sizes;
    for (size_t i = 0; i < lengths.size(); ++i) sizes.push_back(windows[i].output_length(lengths[i], padding_));
    return with_spatial_sizes(input[0], sizes, input.dim(channel_axis(input, data_format_)), data_format_);
  }

  void check_input(const Shape& input) const override {
    expect_rank(input, 4);
    const auto output = spatial_sizes(output_shape(input), data_format_);
    if (std::none_of(output.begin(), output.end(), [](int64_t size) { return size == 0; })) return;
    throw ValueError("Computed output size would be zero or negative: a window of {} does not fit. Layer '{}' received "
                     "an input of shape {}.", Shape(pool_size_.begin(), pool_size_.end()), name(), input);
  }

 private:
  void settle() {
    padding_ = checked_padding(padding_, {"valid", "same"});
    data_format_ = checked_data_format(data_format_);
    if (std::min({pool_size_[0], pool_size_[1], strides_[0], strides_[1]}) > 0) return;
    throw ValueError("`pool_size` and `strides` expect positive sizes. Received: pool_size={}, strides={}",
                     Shape(pool_size_.begin(), pool_size_.end()), Shape(strides_.begin(), strides_.end()));
  }

  std::vector<Window> windows() const {
    return {{pool_size_[0], strides_[0]}, {pool_size_[1], strides_[1]}};
  }

  Extent<2> pool_size_ = 2;
  Extent<2> strides_ = 2;
  std::string padding_ = "valid";
  std::string data_format_ = kChannelsLast;
};

class GlobalAveragePooling2DImpl final : public LayerImpl {
 public:
  GlobalAveragePooling2DImpl() = default;
  explicit GlobalAveragePooling2DImpl(GlobalAveragePooling2DOptions options)
      : LayerImpl({options.name, options.trainable, options.input_shape}),
        data_format_(checked_data_format(options.data_format)),
        keepdims_(options.keepdims) {}

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("data_format", data_format_);
    field("keepdims", keepdims_);
    if (field.is_reading()) data_format_ = checked_data_format(data_format_);
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    const int64_t first = is_channels_first(data_format_) ? 2 : 1;
    return at::mean(input, {first, first + 1}, keepdims_);
  }

  Shape output_shape(const Shape& input) const override {
    const int64_t channels = input.dim(channel_axis(input, data_format_));
    return keepdims_ ? with_spatial_sizes(input[0], {1, 1}, channels, data_format_) : Shape{input[0], channels};
  }

  void check_input(const Shape& input) const override { expect_rank(input, 4); }

 private:
  std::string data_format_ = kChannelsLast;
  bool keepdims_ = false;
};

}  // namespace

MaxPooling2D::MaxPooling2D(Extent<2> pool_size, MaxPooling2DOptions options)
    : Layer(std::make_shared<MaxPooling2DImpl>(pool_size, std::move(options))) {}
GlobalAveragePooling2D::GlobalAveragePooling2D(GlobalAveragePooling2DOptions options)
    : Layer(std::make_shared<GlobalAveragePooling2DImpl>(std::move(options))) {}

void register_pooling(Registry<LayerImpl>& layers) {
  layers.add<MaxPooling2DImpl>("MaxPooling2D", {"MaxPool2D"});
  layers.add<GlobalAveragePooling2DImpl>("GlobalAveragePooling2D", {"GlobalAvgPool2D"});
}

}  // namespace keraslike::layers

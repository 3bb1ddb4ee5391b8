#include "keraslike/layers/convolution.h"

#include <algorithm>

#include <ATen/ops/convolution.h>
#include <torch/nn/modules/conv.h>

#include "keraslike/layers/data_format.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/layer_impl.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

bool all_positive(const Extent<2>& sizes) {
  return std::all_of(sizes.begin(), sizes.end(), [](int64_t size) { return size > 0; });
}

Shape as_shape(const Extent<2>& sizes) { return Shape(sizes.begin(), sizes.end()); }

class Conv2DImpl final : public LayerImpl {
 public:
  Conv2DImpl() = default;
  Conv2DImpl(int64_t filters, Extent<2> kernel_size, Conv2DOptions options)
      : LayerImpl({options.name, options.trainable, options.input_shape, options.activity_regularizer}),
        filters_(filters),
        kernel_size_(kernel_size),
        options_(std::move(options)) {
    settle();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("filters", filters_);
    field("kernel_size", kernel_size_);
    field("strides", options_.strides);
    field("padding", options_.padding);
    field("data_format", options_.data_format);
    field("dilation_rate", options_.dilation_rate);
    field("groups", options_.groups);
    field("activation", options_.activation);
    field("use_bias", options_.use_bias);
    field("kernel_initializer", options_.kernel_initializer);
    field("bias_initializer", options_.bias_initializer);
    field("kernel_regularizer", options_.kernel_regularizer);
    field("bias_regularizer", options_.bias_regularizer);
    field("activity_regularizer", activity_regularizer());
    field("kernel_constraint", options_.kernel_constraint);
    field("bias_constraint", options_.bias_constraint);
    if (field.is_reading()) settle();
  }

  void build(const Shape& input) override {
    const int64_t channels = input.dim(channel_axis(input, format()));
    conv_ = own<torch::nn::Conv2d>("conv", torch::nn::Conv2dOptions(channels, filters_, kernel_size_)
                                               .stride(options_.strides)
                                               .dilation(options_.dilation_rate)
                                               .groups(options_.groups)
                                               .bias(options_.use_bias));
    add_weight("kernel", {kernel_size_[0], kernel_size_[1], channels / options_.groups, filters_},
               options_.kernel_initializer,
               {.regularizer = options_.kernel_regularizer,
                .constraint = options_.kernel_constraint,
                .stored = {3, 2, 0, 1},
                .tensor = conv_->weight});
    if (!options_.use_bias) return;
    add_weight("bias", {filters_}, options_.bias_initializer,
               {.regularizer = options_.bias_regularizer,
                .constraint = options_.bias_constraint,
                .tensor = conv_->bias});
  }

  // Even padding is left to LibTorch's convolution, which needs no copy of the image for it.
  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    at::Tensor x = to_channels_first(input, format());
    const auto windows = this->windows();
    const auto rows = windows[0].padding_for(x.size(2), options_.padding);
    const auto columns = windows[1].padding_for(x.size(3), options_.padding);
    std::array<int64_t, 2> even{rows.first, columns.first};
    if (rows.first != rows.second || columns.first != columns.second) {
      x = padded(x, windows, options_.padding, 0.0);
      even = {0, 0};
    }
    const at::Tensor output =
        at::convolution(x, conv_->weight, conv_->bias, options_.strides, even, options_.dilation_rate,
                        /*transposed=*/false, /*output_padding=*/{0, 0}, options_.groups);
    return (*options_.activation)(from_channels_first(output, format()));
  }

  Shape output_shape(const Shape& input) const override {
    const auto lengths = spatial_sizes(input, format());
    const auto windows = this->windows();
    std::vector<int64_t> sizes;
    for (size_t i = 0; i < lengths.size(); ++i) sizes.push_back(windows[i].output_length(lengths[i], options_.padding));
    return with_spatial_sizes(input[0], sizes, filters_, format());
  }

  void check_input(const Shape& input) const override {
    expect_rank(input, 4);
    const int64_t axis = channel_axis(input, format());
    const int64_t channels = input.dim(axis);
    if (built_) expect_axis(input, axis, built_shape_.dim(axis));
    if (channels < 0) {
      throw ValueError(
          "The channel dimension of the inputs should be defined. Layer '{}' received an input of shape {}.", name(),
          input);
    }
    if (channels % options_.groups != 0) {
      throw ValueError("The number of input channels must be evenly divisible by the number of groups. Received: "
                       "groups={}, {} input channels in shape {}", options_.groups, channels, input);
    }
    const auto output = spatial_sizes(output_shape(input), format());
    if (std::any_of(output.begin(), output.end(), [](int64_t size) { return size == 0; })) {
      throw ValueError(
          "Computed output size would be zero or negative: a window of {} does not fit. Layer '{}' received "
          "an input of shape {}.",
          as_shape(kernel_size_), name(), input);
    }
  }

 private:
  const std::string& format() const { return *options_.data_format; }

  std::vector<Window> windows() const {
    std::vector<Window> result;
    for (size_t i = 0; i < 2; ++i) result.push_back({kernel_size_[i], options_.strides[i], options_.dilation_rate[i]});
    return result;
  }

  // Checks the arguments and makes objects of names; for the constructor's arguments and a config's alike.
  void settle() {
    options_.data_format = checked_data_format(options_.data_format);
    options_.padding = checked_padding(options_.padding, {"valid", "same"});
    check_numbers();
    if (!options_.activation) options_.activation = "linear";
    options_.activation.resolve();
    options_.kernel_initializer.resolve();
    options_.bias_initializer.resolve();
  }

  void check_numbers() const {
    if (filters_ <= 0) {
      throw ValueError("Invalid value for argument `filters`. Expected a strictly positive value. Received filters={}.",
                       filters_);
    }
    if (options_.groups <= 0 || filters_ % options_.groups != 0) {
      throw ValueError("The number of filters must be evenly divisible by the number of groups. Received: groups={}, "
                       "filters={}.", options_.groups, filters_);
    }
    if (!all_positive(kernel_size_) || !all_positive(options_.strides) || !all_positive(options_.dilation_rate)) {
      throw ValueError("`kernel_size`, `strides` and `dilation_rate` expect positive sizes. Received: kernel_size={}, "
                       "strides={}, dilation_rate={}", as_shape(kernel_size_), as_shape(options_.strides),
                       as_shape(options_.dilation_rate));
    }
    if (as_shape(options_.strides).count() > 1 && as_shape(options_.dilation_rate).count() > 1) {
      throw ValueError("`strides > 1` not supported in conjunction with `dilation_rate > 1`. Received: strides={} and "
                       "dilation_rate={}", as_shape(options_.strides), as_shape(options_.dilation_rate));
    }
  }

  int64_t filters_ = 0;
  Extent<2> kernel_size_ = 1;
  Conv2DOptions options_ = {.data_format = kChannelsLast};
  torch::nn::Conv2d conv_{nullptr};
};

}  // namespace

Conv2D::Conv2D(int64_t filters, Extent<2> kernel_size, Conv2DOptions options)
    : Layer(std::make_shared<Conv2DImpl>(filters, kernel_size, std::move(options))) {}

void register_convolution(Registry<LayerImpl>& layers) { layers.add<Conv2DImpl>("Conv2D"); }

}  // namespace keraslike::layers

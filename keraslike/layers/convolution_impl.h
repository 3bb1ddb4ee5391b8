#pragma once

// For sources.

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "keraslike/layers/data_format.h"
#include "keraslike/layers/layer_impl.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

// The convolution of a tensor (batch, channels, spatial...). Even padding is left to LibTorch, which needs no copy of
// the input for it.
at::Tensor convolve(const at::Tensor& input, const at::Tensor& kernel, const at::Tensor& bias,
                    const std::vector<Window>& windows, const std::string& padding, int64_t groups);

// Throws ValueError unless it is positive.
void check_positive(const std::string& argument, int64_t value);

// What all convolutions over N axes share; `Options` is one of the structs in convolution.h.
template <std::size_t N, class Options>
class ConvolutionImpl : public LayerImpl {
 public:
  void check_input(const Shape& input) const override {
    expect_rank(input, N + 2);
    const int64_t axis = channel_axis(input, format());
    if (built_) expect_axis(input, axis, built_shape_.dim(axis));
    if (input.dim(axis) < 0) {
      throw ValueError("The channel dimension of the inputs should be defined. Layer '{}' received an input of shape "
                       "{}.", name(), input);
    }
    check_lengths(spatial_sizes(output_shape(input), format()), windows(), name(), input);
  }

 protected:
  ConvolutionImpl() { options_.data_format = kChannelsLast; }
  ConvolutionImpl(Extent<N> kernel_size, Options options)
      : LayerImpl(layer_arguments(options)),
        kernel_size_(kernel_size),
        options_(std::move(options)) {}

  const std::string& format() const { return *options_.data_format; }
  int64_t channels_of(const Shape& input) const { return input.dim(channel_axis(input, format())); }

  std::vector<Window> windows() const {
    std::vector<Window> result;
    for (size_t i = 0; i < N; ++i) result.push_back({kernel_size_[i], options_.strides[i], options_.dilation_rate[i]});
    return result;
  }

  Shape output_shape_with(const Shape& input, int64_t filters) const {
    return with_spatial_sizes(input[0], output_lengths(input, windows(), options_.padding, format()), filters,
                              format());
  }

  // Keras' shape of a kernel.
  Shape kernel_shape(int64_t inputs, int64_t outputs) const {
    Shape shape(kernel_size_.begin(), kernel_size_.end());
    shape.insert(shape.end(), {inputs, outputs});
    return shape;
  }

  // Keras' axes of a kernel in the order of LibTorch: the last two first, as given.
  static std::vector<int64_t> kernel_axes(int64_t first, int64_t second) {
    std::vector<int64_t> axes{first, second};
    for (int64_t axis = 0; axis < static_cast<int64_t>(N); ++axis) axes.push_back(axis);
    return axes;
  }
  static constexpr int64_t kInputs = N;  // of a Conv kernel
  static constexpr int64_t kOutputs = N + 1;

  // Undefined without `use_bias`. `tensor` is that of a LibTorch module, where one holds it.
  at::Tensor add_bias(int64_t filters, at::Tensor* tensor = nullptr) {
    if (!options_.use_bias) return {};
    return add_weight("bias", {filters}, options_.bias_initializer,
                      {.regularizer = options_.bias_regularizer,
                       .constraint = options_.bias_constraint,
                       .tensor = tensor});
  }

  at::Tensor activated(const at::Tensor& output) const {
    return (*options_.activation)(from_channels_first(output, format()));
  }

  // Checks the arguments that all have, and makes objects of names.
  void settle_window(const std::vector<std::string>& paddings) {
    options_.data_format = checked_data_format(options_.data_format);
    options_.padding = checked_padding(options_.padding, paddings);
    check_sizes("kernel_size", kernel_size_);
    check_sizes("strides", options_.strides);
    check_sizes("dilation_rate", options_.dilation_rate);
    if (!options_.activation) options_.activation = "linear";
    options_.activation.resolve();
  }

  // LibTorch could do both at once; Keras' other backends can not.
  void refuse_strides_with_dilation() const {
    const Shape strides(options_.strides.begin(), options_.strides.end());
    const Shape dilation_rate(options_.dilation_rate.begin(), options_.dilation_rate.end());
    if (strides.count() == 1 || dilation_rate.count() == 1) return;
    throw ValueError("`strides > 1` not supported in conjunction with `dilation_rate > 1`. Received: strides={} and "
                     "dilation_rate={}", strides, dilation_rate);
  }

  Extent<N> kernel_size_ = 1;
  Options options_;
};

}  // namespace keraslike::layers

#pragma once

// For sources.

#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "keraslike/utils/shape.h"

// Where an image's channels stand, and how far a window of a convolution or pooling reaches. Source-only.
namespace keraslike::layers {

inline const std::string kChannelsLast = "channels_last";
inline const std::string kChannelsFirst = "channels_first";

// "channels_last" where none is given; throws ValueError for an unknown one.
std::string checked_data_format(const std::optional<std::string>& data_format);
bool is_channels_first(const std::string& data_format);

// Lower-cased; throws ValueError unless it is one of `known`.
std::string checked_padding(const std::string& padding, const std::vector<std::string>& known);

// "(1, 2)" or "(1,)", as Python prints a tuple.
std::string as_tuple(const std::vector<int64_t>& numbers);

// Throw ValueError, in the words of Keras, where a size is not positive, or negative.
void check_sizes(const std::string& argument, const Shape& sizes);
void check_not_negative(const std::string& argument, const Shape& sizes);

template <std::size_t N>
void check_sizes(const std::string& argument, const Extent<N>& sizes) {
  check_sizes(argument, Shape(sizes.begin(), sizes.end()));
}

// (batch, spatial..., channels) seen as LibTorch's (batch, channels, spatial...), and back. No copy.
at::Tensor to_channels_first(const at::Tensor& input, const std::string& data_format);
at::Tensor from_channels_first(const at::Tensor& output, const std::string& data_format);

// Sizes of the spatial axes, and a shape put together from them.
std::vector<int64_t> spatial_sizes(const Shape& shape, const std::string& data_format);
Shape with_spatial_sizes(int64_t batch, const std::vector<int64_t>& sizes, int64_t channels,
                         const std::string& data_format);
int64_t channel_axis(const Shape& shape, const std::string& data_format);

// A window that slides over one axis.
struct Window {
  int64_t size;
  int64_t stride;
  int64_t dilation = 1;

  int64_t reach() const { return dilation * (size - 1) + 1; }

  // Places where it fits on an axis of `length`, which may be open.
  int64_t output_length(int64_t length, const std::string& padding) const;

  // Padding before and after. "same" gives the odd cell to the end; "causal" puts all before.
  std::pair<int64_t, int64_t> padding_for(int64_t length, const std::string& padding) const;
};

// The sizes of a shape's spatial axes where windows have slid over them; 0 where a window does not fit.
std::vector<int64_t> output_lengths(const Shape& input, const std::vector<Window>& windows, const std::string& padding,
                                    const std::string& data_format);

// Throws ValueError where one of these lengths is 0.
void check_lengths(const std::vector<int64_t>& lengths, const std::vector<Window>& windows,
                   const std::string& layer_name, const Shape& input);

// How much the windows ask for on both sides of each axis of a tensor (batch, channels, spatial...), where it is the
// same on both: LibTorch's operators then need no padded copy of their input.
std::optional<std::vector<int64_t>> even_padding(const at::Tensor& input, const std::vector<Window>& windows,
                                                 const std::string& padding);

// A tensor (batch, channels, spatial...) padded with `value` as the windows ask; the same tensor where they ask
// nothing.
at::Tensor padded(const at::Tensor& input, const std::vector<Window>& windows, const std::string& padding,
                  double value);

}  // namespace keraslike::layers

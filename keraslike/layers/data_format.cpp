#include "keraslike/layers/data_format.h"

#include <algorithm>

#include <ATen/ops/constant_pad_nd.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "keraslike/utils/errors.h"
#include "keraslike/utils/naming.h"

namespace keraslike::layers {

std::string as_tuple(const std::vector<int64_t>& numbers) {
  return fmt::format("({}{})", fmt::join(numbers, ", "), numbers.size() == 1 ? "," : "");
}

namespace {

[[noreturn]] void refuse_size(const std::string& argument, const Shape& sizes, int64_t size, const char* wanted) {
  throw ValueError("The `{}` argument must be a tuple of {} integers. Received {}={}, including values {{{}}} that do "
                   "not satisfy `value {}`", argument, sizes.rank(), argument, as_tuple(sizes), size, wanted);
}

}  // namespace

std::string checked_data_format(const std::optional<std::string>& data_format) {
  const std::string chosen = data_format.value_or(kChannelsLast);
  if (chosen == kChannelsLast || chosen == kChannelsFirst) return chosen;
  throw ValueError("The `data_format` argument must be one of \"channels_first\", \"channels_last\". Received: {}",
                   chosen);
}

bool is_channels_first(const std::string& data_format) { return data_format == kChannelsFirst; }

std::string checked_padding(const std::string& padding, const std::vector<std::string>& known) {
  const std::string lowered = utils::to_lower(padding);
  if (std::find(known.begin(), known.end(), lowered) != known.end()) return lowered;
  throw ValueError("The `padding` argument must be one of '{}'. Received: {}", fmt::join(known, "', '"), padding);
}

void check_sizes(const std::string& argument, const Shape& sizes) {
  for (const int64_t size : sizes) {
    if (size <= 0) refuse_size(argument, sizes, size, "> 0");
  }
}

void check_not_negative(const std::string& argument, const Shape& sizes) {
  for (const int64_t size : sizes) {
    if (size < 0) refuse_size(argument, sizes, size, ">= 0");
  }
}

at::Tensor to_channels_first(const at::Tensor& input, const std::string& data_format) {
  return is_channels_first(data_format) ? input : input.movedim(-1, 1);
}

at::Tensor from_channels_first(const at::Tensor& output, const std::string& data_format) {
  return is_channels_first(data_format) ? output : output.movedim(1, -1);
}

std::vector<int64_t> spatial_sizes(const Shape& shape, const std::string& data_format) {
  if (is_channels_first(data_format)) return {shape.begin() + 2, shape.end()};
  return {shape.begin() + 1, shape.end() - 1};
}

Shape with_spatial_sizes(int64_t batch, const std::vector<int64_t>& sizes, int64_t channels,
                         const std::string& data_format) {
  Shape shape{batch};
  if (is_channels_first(data_format)) shape.push_back(channels);
  shape.insert(shape.end(), sizes.begin(), sizes.end());
  if (!is_channels_first(data_format)) shape.push_back(channels);
  return shape;
}

int64_t channel_axis(const Shape& shape, const std::string& data_format) {
  return is_channels_first(data_format) ? 1 : shape.rank() - 1;
}

int64_t Window::output_length(int64_t length, const std::string& padding) const {
  if (length < 0) return length;
  if (padding == "valid") return length < reach() ? 0 : (length - reach()) / stride + 1;
  return (length - 1) / stride + 1;
}

std::pair<int64_t, int64_t> Window::padding_for(int64_t length, const std::string& padding) const {
  if (padding == "valid") return {0, 0};
  if (padding == "causal") return {reach() - 1, 0};
  const int64_t total = std::max<int64_t>(0, (output_length(length, padding) - 1) * stride + reach() - length);
  return {total / 2, total - total / 2};
}

std::vector<int64_t> output_lengths(const Shape& input, const std::vector<Window>& windows, const std::string& padding,
                                    const std::string& data_format) {
  std::vector<int64_t> lengths = spatial_sizes(input, data_format);
  for (size_t i = 0; i < lengths.size(); ++i) lengths[i] = windows[i].output_length(lengths[i], padding);
  return lengths;
}

void check_lengths(const std::vector<int64_t>& lengths, const std::vector<Window>& windows,
                   const std::string& layer_name, const Shape& input) {
  if (std::none_of(lengths.begin(), lengths.end(), [](int64_t length) { return length == 0; })) return;
  Shape sizes;
  for (const Window& window : windows) sizes.push_back(window.size);
  throw ValueError("Computed output size would be zero or negative: a window of {} does not fit. Layer '{}' received "
                   "an input of shape {}.", sizes, layer_name, input);
}

std::optional<std::vector<int64_t>> even_padding(const at::Tensor& input, const std::vector<Window>& windows,
                                                 const std::string& padding) {
  std::vector<int64_t> amounts;
  for (size_t i = 0; i < windows.size(); ++i) {
    const auto [before, after] = windows[i].padding_for(input.size(static_cast<int64_t>(i) + 2), padding);
    if (before != after) return std::nullopt;
    amounts.push_back(before);
  }
  return amounts;
}

at::Tensor padded(const at::Tensor& input, const std::vector<Window>& windows, const std::string& padding,
                  double value) {
  std::vector<int64_t> amounts;  // LibTorch names the last axis first
  for (size_t i = windows.size(); i-- > 0;) {
    const auto [before, after] = windows[i].padding_for(input.size(static_cast<int64_t>(i) + 2), padding);
    amounts.insert(amounts.end(), {before, after});
  }
  const bool nothing = std::all_of(amounts.begin(), amounts.end(), [](int64_t amount) { return amount == 0; });
  return nothing ? input : at::constant_pad_nd(input, amounts, value);
}

}  // namespace keraslike::layers

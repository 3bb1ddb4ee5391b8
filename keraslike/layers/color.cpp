#include "keraslike/layers/color.h"

#include <limits>
#include <string>

#include <ATen/TensorOperators.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>

#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

void expect_channels(const at::Tensor& images, bool fits, const char* wanted) {
  if (fits) return;
  throw ValueError("Invalid channel size: expected {}. Received images with {} channels.", wanted, images.size(1));
}

at::Tensor one_channel(const at::Tensor& images, int64_t channel) { return images.select(1, channel); }

// Of one color: a trapezoid over the hue, from 0 to 1.
at::Tensor ramp(const at::Tensor& values) { return values.clamp(0.0, 1.0); }

}  // namespace

at::Tensor rgb_to_grayscale(const at::Tensor& images) {
  expect_channels(images, images.size(1) == 1 || images.size(1) == 3, "3 (RGB) or 1 (Grayscale)");
  if (images.size(1) == 1) return images;
  const at::Tensor gray =
      0.2989 * one_channel(images, 0) + 0.587 * one_channel(images, 1) + 0.114 * one_channel(images, 2);
  return gray.unsqueeze(1);
}

// The hue counts from red, in sixths: 0 red, 2 green, 4 blue. Where two colors are alike, red counts before green.
at::Tensor rgb_to_hsv(const at::Tensor& images) {
  expect_channels(images, images.size(1) == 3, "3 (RGB)");
  const at::Tensor clean = images.masked_fill(images.abs().lt(std::numeric_limits<float>::epsilon()), 0.0);
  const at::Tensor red = one_channel(clean, 0);
  const at::Tensor green = one_channel(clean, 1);
  const at::Tensor blue = one_channel(clean, 2);
  const at::Tensor value = at::maximum(at::maximum(red, green), blue);
  const at::Tensor range = value - at::minimum(at::minimum(red, green), blue);
  const at::Tensor saturation = (range / value.masked_fill(value.le(0), 1.0)).masked_fill(value.le(0), 0.0);
  const at::Tensor scale = (6.0 * range.masked_fill(range.le(0), 1.0)).reciprocal();
  const at::Tensor of_others =
      at::where(value.eq(green), scale * (blue - red) + 2.0 / 6.0, scale * (red - green) + 4.0 / 6.0);
  const at::Tensor hue = at::where(value.eq(red), scale * (green - blue), of_others);
  return at::stack({hue.masked_fill(range.le(0), 0.0) + hue.lt(0.0).to(hue.scalar_type()), saturation, value}, 1);
}

at::Tensor hsv_to_rgb(const at::Tensor& images) {
  expect_channels(images, images.size(1) == 3, "3 (HSV)");
  const at::Tensor sixths = one_channel(images, 0).remainder(1.0) * 6.0;
  const at::Tensor saturation = one_channel(images, 1);
  const at::Tensor value = one_channel(images, 2);
  const at::Tensor white = 1.0 - saturation;
  return at::stack({value * (white + saturation * ramp((sixths - 3.0).abs() - 1.0)),
                    value * (white + saturation * ramp(2.0 - (sixths - 2.0).abs())),
                    value * (white + saturation * ramp(2.0 - (sixths - 4.0).abs()))},
                   1);
}

}  // namespace keraslike::layers

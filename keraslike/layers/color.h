#pragma once

// For sources.

#include <ATen/core/Tensor.h>

namespace keraslike::layers {

// Images (batch, channels, rows, columns) with 3 channels, of which one is made, and as they are with 1.
at::Tensor rgb_to_grayscale(const at::Tensor& images);

// Hue, saturation and value in [0, 1] of images (batch, 3, rows, columns), and the way back.
at::Tensor rgb_to_hsv(const at::Tensor& images);
at::Tensor hsv_to_rgb(const at::Tensor& images);

}  // namespace keraslike::layers

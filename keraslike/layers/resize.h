#pragma once

// For sources.

#include <cstdint>
#include <string>
#include <utility>

#include <ATen/core/Tensor.h>

namespace keraslike::layers {

// Throws ValueError unless it is "nearest", "bilinear", "bicubic", "lanczos3" or "lanczos5".
void check_interpolation(const std::string& interpolation);

struct ResizeOptions {
  std::string interpolation = "bilinear";
  bool antialias = false;  // widens the interpolation where the image shrinks; "nearest" does not heed it
};

// Images (batch, channels, rows, columns) with other numbers of rows and columns, as Keras does it on TensorFlow and
// JAX: a pixel is its middle, and where an interpolation would reach beyond the edge the pixels inside share its
// weight.
at::Tensor resized(const at::Tensor& images, int64_t rows, int64_t columns, const ResizeOptions& options);

// Rows and columns of the largest part with the proportions of `height` to `width`.
std::pair<int64_t, int64_t> sizes_with_ratio(int64_t rows, int64_t columns, int64_t height, int64_t width);

// The middle of images with the proportions of `rows` to `columns`, as large as it can be.
at::Tensor cropped_to_ratio(const at::Tensor& images, int64_t rows, int64_t columns);

// Images with `fill_value` around them, to the proportions of `rows` to `columns`.
at::Tensor padded_to_ratio(const at::Tensor& images, int64_t rows, int64_t columns, double fill_value);

}  // namespace keraslike::layers

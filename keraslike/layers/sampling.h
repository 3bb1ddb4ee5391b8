#pragma once

// For sources.

#include <array>
#include <cstdint>
#include <string>

#include <ATen/core/Tensor.h>

namespace keraslike::layers {

// How an image is read between its pixels and beyond its edge. `interpolation` is "bilinear" or "nearest". `fill_mode`
// is "constant" (`fill_value`), "nearest" (the edge goes on), "wrap" (the image again), "reflect" (d c b a | a b c d)
// or "mirror" (d c b | a b c d).
struct Sampling {
  std::string interpolation = "bilinear";
  std::string fill_mode = "constant";
  double fill_value = 0.0;
};

// Throws ValueError for an unknown interpolation or fill mode; "mirror" is known only where a layer has it.
void check_sampling(const Sampling& sampling, bool has_mirror = false);

// Images (batch, channels, rows, columns) read at other places, both (batch, new rows, new columns).
at::Tensor sampled(const at::Tensor& images, const at::Tensor& rows, const at::Tensor& columns,
                   const Sampling& sampling);

// Where an image's pixels come from: x' = a0 x + a1 y + a2, y' = b0 x + b1 y + b2, each of (batch).
struct Affine {
  at::Tensor a0, a1, a2, b0, b1, b2;
};

at::Tensor affine_transformed(const at::Tensor& images, const Affine& transform, const Sampling& sampling);

// Images in which the points `start` (batch, 4, 2), as x and y, have moved to `end`.
at::Tensor perspective_transformed(const at::Tensor& images, const at::Tensor& start, const at::Tensor& end,
                                   const Sampling& sampling);

// Convolved with a Gaussian of `size` cells, odd, whose standard deviations are the two values of `sigma`. Zeros stand
// around the image.
at::Tensor gaussian_blurred(const at::Tensor& images, const std::array<int64_t, 2>& size, const at::Tensor& sigma);

}  // namespace keraslike::layers

#pragma once

// For sources.

#include <array>
#include <cstdint>

#include <ATen/core/Tensor.h>

#include "keraslike/utils/random.h"
#include "keraslike/utils/shape.h"

namespace keraslike::layers {

// A layer's draws, each from a generator of its own, as Keras' torch backend makes them. They are made in main memory
// and then moved, so that a layer draws the same on every device.
class Draws {
 public:
  // `seeds` is null for a layer that never draws.
  Draws(utils::SeedGenerator* seeds, at::Device device) : seeds_(seeds), device_(device) {}

  at::Tensor uniform(const Shape& shape, double low = 0.0, double high = 1.0);
  at::Tensor uniform(const Shape& shape, const std::array<double, 2>& range) {
    return uniform(shape, range[0], range[1]);
  }
  at::Tensor normal(const Shape& shape);
  at::Tensor integers(const Shape& shape, int64_t low, int64_t high);  // below `high`
  at::Tensor gamma(const Shape& shape, double alpha);
  at::Tensor beta(const Shape& shape, const at::Tensor& alpha);  // with both parameters the same
  at::Tensor order(int64_t count);                                // 0, 1, ..., count - 1, shuffled

  // True for about as many of `count` images as a probability drawn from `range` says.
  at::Tensor chosen(int64_t count, const std::array<double, 2>& range);

 private:
  utils::SeedGenerator* seeds_;
  at::Device device_;
};

// One value per image, as it is set against (batch, height, width, channels).
at::Tensor per_image(const at::Tensor& values);

}  // namespace keraslike::layers

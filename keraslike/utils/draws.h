#pragma once

// For sources: how Keras' torch backend draws. Each draw has a generator of its own, so that equal seeds mean equal
// values whatever else was drawn in between. Values are Keras' bit for bit.

#include <cstdint>

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include "keraslike/utils/dtype.h"
#include "keraslike/utils/shape.h"

namespace keraslike::utils {

// A new generator, of the CPU: what it draws is then moved. Only the low 32 bits of `seed` count.
at::Generator generator_for(uint64_t seed);

// Tensors of `shape` on the CPU; `dtype` is floating.
at::Tensor draw_uniform(const Shape& shape, double low, double high, DType dtype, uint64_t seed);
at::Tensor draw_normal(const Shape& shape, double mean, double stddev, DType dtype, uint64_t seed);

// Normal within two standard deviations of the mean.
at::Tensor draw_truncated_normal(const Shape& shape, double mean, double stddev, DType dtype, uint64_t seed);

}  // namespace keraslike::utils

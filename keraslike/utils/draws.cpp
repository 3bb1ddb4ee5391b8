#include "keraslike/utils/draws.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/rand.h>

#include "keraslike/utils/errors.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::utils {

namespace {

at::ScalarType floating_type(DType dtype) {
  if (is_floating(dtype)) return scalar_type(dtype);
  throw ValueError("Random values are drawn as floating point numbers. Received: dtype={}.", to_string(dtype));
}

}  // namespace

at::Generator generator_for(uint64_t seed) { return at::make_generator<at::CPUGeneratorImpl>(seed & 0xffffffffU); }

at::Tensor draw_uniform(const Shape& shape, double low, double high, DType dtype, uint64_t seed) {
  const at::ScalarType type = floating_type(dtype);
  return at::rand(shape, generator_for(seed), type).mul_(high - low).add_(low);
}

at::Tensor draw_normal(const Shape& shape, double mean, double stddev, DType dtype, uint64_t seed) {
  return at::empty(shape, floating_type(dtype)).normal_(mean, stddev, generator_for(seed));
}

// Of four candidates per value the first within the bounds counts; where none is, the first of all, as in Keras.
at::Tensor draw_truncated_normal(const Shape& shape, double mean, double stddev, DType dtype, uint64_t seed) {
  Shape candidates_shape = shape;
  candidates_shape.push_back(4);
  const at::Tensor candidates = draw_normal(candidates_shape, 0, 1, dtype, seed);
  const at::Tensor is_within = candidates.gt(-2).logical_and_(candidates.lt(2));
  const at::Tensor chosen = is_within.to(at::kByte).argmax(-1, true);
  return candidates.gather(-1, chosen).squeeze(-1).mul_(stddev).add_(mean);
}

}  // namespace keraslike::utils

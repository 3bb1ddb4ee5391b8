#pragma once

// For sources.

#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>

#include "keraslike/initializers/initializer.h"

namespace keraslike::layers {

// The bias of the gates i, f, c, o of an LSTM, 1 for the forget gate f and what the initializer gives for the others.
inline Initializer forget_bias(const Initializer& initializer, int64_t units) {
  return Initializer([initializer, units](const Shape&, DType dtype) {
    const at::Tensor first = initializer(Shape{units}, dtype);
    return at::cat({first, at::Tensor(first.new_ones({units})), initializer(Shape{2 * units}, dtype)});
  });
}

}  // namespace keraslike::layers

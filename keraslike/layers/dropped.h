#pragma once

// For sources.

#include <optional>

#include <ATen/core/Tensor.h>

#include "keraslike/utils/random.h"

namespace keraslike::layers {

// `input` with values set to 0 with probability `rate` and the others divided by 1 - rate, as Keras' torch backend draws
// it: from the seeds where the user gave one, or a `noise_shape` that shares the choice along axes of size 1; otherwise
// from LibTorch's default generator. The CPU's generators draw, whichever device the input is on.
at::Tensor dropped(const at::Tensor& input, double rate, std::optional<at::IntArrayRef> noise_shape,
                   utils::SeedGenerator& seeds);

}  // namespace keraslike::layers

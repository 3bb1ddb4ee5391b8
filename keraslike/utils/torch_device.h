#pragma once

// For sources.

#include <ATen/core/Tensor.h>

namespace keraslike::utils {

// `config::device()` as LibTorch has it. All but the CPU have an index, as the devices of tensors do.
at::Device configured_device();

}  // namespace keraslike::utils

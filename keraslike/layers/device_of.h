#pragma once

// For sources.

#include <ATen/core/Tensor.h>

#include "keraslike/layers/layer_impl.h"

namespace keraslike::layers {

// Where a layer computes: where its first weight is, or that of the first layer inside that has one; without any
// weights, where `config::set_device` said.
at::Device device_of(const LayerImpl& layer);

}  // namespace keraslike::layers

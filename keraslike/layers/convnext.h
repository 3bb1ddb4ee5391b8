#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/layers/layer.h"

namespace keraslike::layers {

// The two layers that the ConvNeXt models of keras.applications bring along.

struct LayerScaleOptions {
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// The input times a weight for each of its last axis' values: (batch, ..., projection_dim) -> the same shape. Weight:
// gamma (projection_dim,), which begins as `init_values`.
class LayerScale : public Layer {
 public:
  LayerScale(double init_values, int64_t projection_dim, LayerScaleOptions options = {});
};

struct StochasticDepthOptions {
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// In training drops whole rows with the probability `drop_path_rate`, and scales the others up to keep the mean. The rows
// are drawn from LibTorch's default generator: for a seed they are others than Keras'.
class StochasticDepth : public Layer {
 public:
  explicit StochasticDepth(double drop_path_rate, StochasticDepthOptions options = {});
};

}  // namespace keraslike::layers

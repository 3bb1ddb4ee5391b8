#pragma once

#include <optional>
#include <string>

#include "keraslike/layers/layer.h"

namespace keraslike::layers {

// The layer that the InceptionResNetV2 of keras.applications brings along.

struct CustomScaleLayerOptions {
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// The first of two inputs and `scale` times the second: `CustomScaleLayer(0.17)({x, residual})`. The inputs broadcast.
class CustomScaleLayer : public Layer {
 public:
  explicit CustomScaleLayer(double scale, CustomScaleLayerOptions options = {});
};

}  // namespace keraslike::layers

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/layers/layer.h"

namespace keraslike::layers {

// (batch, a, b, ...) -> (batch, a * b * ...), last axis fastest. With "channels_first" the channels move to the end
// first, so that both formats give the same order.
struct FlattenOptions {
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::string name = {};
};

class Flatten : public Layer {
 public:
  explicit Flatten(FlattenOptions options = {});
};

// (batch, ...) -> (batch, target_shape...); one size may be -1: whatever is left.
struct ReshapeOptions {
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::string name = {};
};

class Reshape : public Layer {
 public:
  explicit Reshape(Shape target_shape, ReshapeOptions options = {});
};

}  // namespace keraslike::layers

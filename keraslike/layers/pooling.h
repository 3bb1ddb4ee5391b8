#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/layers/layer.h"

namespace keraslike::layers {

// `strides` are `pool_size` unless given. `padding` is "valid" or "same", as for Conv2D.
struct MaxPooling2DOptions {
  std::optional<Extent<2>> strides = {};
  std::string padding = "valid";
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::string name = {};
};

// The greatest value of each window: (batch, rows, columns, channels) -> (batch, new rows, new columns, channels).
class MaxPooling2D : public Layer {
 public:
  explicit MaxPooling2D(Extent<2> pool_size = 2, MaxPooling2DOptions options = {});
};

struct GlobalAveragePooling2DOptions {
  std::optional<std::string> data_format = {};
  bool keepdims = false;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::string name = {};
};

// The mean of each channel: (batch, rows, columns, channels) -> (batch, channels), or with `keepdims` (batch, 1, 1,
// channels).
class GlobalAveragePooling2D : public Layer {
 public:
  explicit GlobalAveragePooling2D(GlobalAveragePooling2DOptions options = {});
};

}  // namespace keraslike::layers

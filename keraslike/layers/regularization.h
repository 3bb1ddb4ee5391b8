#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/layers/layer.h"

namespace keraslike::layers {

// In training, sets each value to 0 with probability `rate` and divides the others by 1 - rate; otherwise does nothing.
// `noise_shape` shares the choice along axes of size 1: `Shape{none, 1, 8}`, where `none` is the input's own size.
struct DropoutOptions {
  std::optional<Shape> noise_shape = {};
  std::optional<int64_t> seed = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::string name = {};
};

class Dropout : public Layer {
 public:
  explicit Dropout(double rate, DropoutOptions options = {});
};

}  // namespace keraslike::layers

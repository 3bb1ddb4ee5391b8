#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/layers/keras_tensor.h"
#include "keraslike/utils/shape.h"

namespace keraslike {

struct InputOptions {
  std::optional<int64_t> batch_size = {};
  std::optional<std::string> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

// Where data enter a model: a tensor with the shape of one row, without the batch axis. `Input({28, 28, 1})`; `none` is
// an open dimension. It begins a graph, or stands first in a Sequential. With dtype "string" it takes texts, for
// StringLookup, TextVectorization, Hashing and HashedCrossing: `Input({1}, {.dtype = "string"})`.
class Input : public KerasTensor {
 public:
  explicit Input(Shape shape, InputOptions options = {});
};

}  // namespace keraslike

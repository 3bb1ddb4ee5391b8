#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/layers/layer.h"
#include "keraslike/utils/axes.h"

namespace keraslike::layers {

struct MergeOptions {
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Layers of several inputs, called on a list: `Add()({a, b})`. The inputs broadcast; those of a lower rank get axes of 1
// behind the batch axis. Masks are joined with "or"; where an input has none, the output has none.

// The sum of the inputs.
class Add : public Layer {
 public:
  explicit Add(MergeOptions options = {});
};

// The first of two inputs less the second.
class Subtract : public Layer {
 public:
  explicit Subtract(MergeOptions options = {});
};

// The product of the inputs; masked steps count as 1, and as 0 where they are masked in all inputs.
class Multiply : public Layer {
 public:
  explicit Multiply(MergeOptions options = {});
};

// The mean of the inputs.
class Average : public Layer {
 public:
  explicit Average(MergeOptions options = {});
};

// The greatest and the least of the inputs, element by element; masked steps do not count.
class Maximum : public Layer {
 public:
  explicit Maximum(MergeOptions options = {});
};
class Minimum : public Layer {
 public:
  explicit Minimum(MergeOptions options = {});
};

struct ConcatenateOptions {
  int64_t axis = -1;
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// The inputs one after the other along an axis; all other sizes must be equal.
class Concatenate : public Layer {
 public:
  explicit Concatenate(ConcatenateOptions options = {});
};

struct DotOptions {
  bool normalize = false;  // to unit length along the axes first: the output is the cosine of the angle
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// The products of two inputs summed over an axis, `2` or `{1, 2}` where the axes differ: (batch, ..., n) and
// (batch, ..., n) -> (batch, the other axes of the first, the other axes of the second), (batch, 1) where none is left.
class Dot : public Layer {
 public:
  explicit Dot(Axes axes, DotOptions options = {});
};

// Keras' functions in place of the layers: `add({a, b})` is `Add()({a, b})`.
KerasTensor add(const KerasTensors& inputs, MergeOptions options = {});
KerasTensor subtract(const KerasTensors& inputs, MergeOptions options = {});
KerasTensor multiply(const KerasTensors& inputs, MergeOptions options = {});
KerasTensor average(const KerasTensors& inputs, MergeOptions options = {});
KerasTensor maximum(const KerasTensors& inputs, MergeOptions options = {});
KerasTensor minimum(const KerasTensors& inputs, MergeOptions options = {});
KerasTensor concatenate(const KerasTensors& inputs, ConcatenateOptions options = {});
KerasTensor dot(const KerasTensors& inputs, Axes axes = -1, DotOptions options = {});

}  // namespace keraslike::layers

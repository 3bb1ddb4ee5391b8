#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "keraslike/constraints/constraint.h"
#include "keraslike/regularizers/regularizer.h"
#include "keraslike/utils/shape.h"

namespace keraslike::layers {

// One weight of a layer: the tensor that LibTorch's module holds, and what Keras says of it.
struct Weight {
  std::string name = {};                    // "kernel"
  std::string path = {};                    // "dense/kernel"
  at::Tensor tensor = {};                   // as LibTorch stores it; the module's own parameter or buffer
  Shape shape = {};                         // Keras' shape
  std::vector<int64_t> stored = {};         // Keras' axes in stored order ({1, 0} for a Dense kernel); empty: the same
  std::optional<Regularizer> regularizer = {};
  std::optional<Constraint> constraint = {};
  bool trainable = true;                    // false for statistics, whatever the layer's `trainable` says

  // The same memory seen in Keras' shape and axis order; writing to it writes the weight. Gradients do not flow.
  at::Tensor in_keras_shape() const { return in_keras_shape(tensor.detach()); }

  // The same view of another tensor that is stored as this weight is: its gradient, or what an optimizer keeps for it.
  // Gradients flow through.
  at::Tensor in_keras_shape(const at::Tensor& alike) const;
};

using WeightPtr = std::shared_ptr<Weight>;

}  // namespace keraslike::layers

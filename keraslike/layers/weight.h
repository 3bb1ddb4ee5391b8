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

struct Weight;
using WeightPtr = std::shared_ptr<Weight>;

// The product of two thin matrices that is added to a weight and trains in its place (Hu et al., arXiv:2106.09685).
struct LowRank {
  WeightPtr a;   // (the weight's axes but the last, rank)
  WeightPtr b;   // (rank, the weight's last axis)
  double scale;  // lora_alpha / lora_rank

};

// One weight of a layer: the tensor that LibTorch's module holds, and what Keras says of it.
struct Weight {
  std::string name = {};                    // "kernel"
  std::string path = {};                    // "dense/kernel"
  at::Tensor tensor = {};                   // as LibTorch stores it; the module's own parameter or buffer
  at::Tensor computed = {};                 // what it becomes in the compute dtype, where that is another one
  Shape shape = {};                         // Keras' shape
  std::vector<int64_t> stored = {};         // Keras' axes in stored order ({1, 0} for a Dense kernel); empty: the same
  std::optional<Regularizer> regularizer = {};
  std::optional<Constraint> constraint = {};
  bool trainable = true;                    // false for statistics, whatever the layer's `trainable` says
  std::optional<LowRank> lora = {};         // where set, this trains and the weight itself does not
  bool is_saved = true;                     // false for the two of a `lora`, which files hold as part of the weight

  bool trains() const { return trainable && !lora; }

  // The same memory seen in Keras' shape and axis order; writing to it writes the weight. Gradients do not flow.
  at::Tensor in_keras_shape() const { return in_keras_shape(tensor.detach()); }

  // The same view of another tensor that is stored as this weight is: its gradient, or what an optimizer keeps for it.
  // Gradients flow through.
  at::Tensor in_keras_shape(const at::Tensor& alike) const;

  // What a layer computes with, as LibTorch stores it; and with what `lora` adds. Gradients flow through.
  const at::Tensor& value() const { return computed.defined() ? computed : tensor; }
  at::Tensor effective() const;

  // Makes `computed` what the weight is now, for all that hold it. Gradients flow from it to the weight.
  void cast() const;

  // What files hold, in main memory and in Keras' shape; and the way back, after which `lora` adds nothing.
  at::Tensor saved() const;
  void load(const at::Tensor& values) const;
};

}  // namespace keraslike::layers

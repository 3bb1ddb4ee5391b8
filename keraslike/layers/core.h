#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/activations/activation.h"
#include "keraslike/constraints/constraint.h"
#include "keraslike/initializers/initializer.h"
#include "keraslike/layers/layer.h"
#include "keraslike/regularizers/regularizer.h"

namespace keraslike::layers {

struct DenseOptions {
  NameOr<activations::Activation> activation = none;
  bool use_bias = true;
  NameOr<Initializer> kernel_initializer = "glorot_uniform";
  NameOr<Initializer> bias_initializer = "zeros";
  NameOr<Regularizer> kernel_regularizer = none;
  NameOr<Regularizer> bias_regularizer = none;
  NameOr<Regularizer> activity_regularizer = none;
  NameOr<Constraint> kernel_constraint = none;
  NameOr<Constraint> bias_constraint = none;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::string name = {};
};

// activation(input . kernel + bias) over the last axis of an input of any rank from 2: (batch, ..., features) ->
// (batch, ..., units). Weights: kernel (features, units), bias (units,). Computes through torch::nn::Linear, which
// stores the kernel transposed.
class Dense : public Layer {
 public:
  explicit Dense(int64_t units, DenseOptions options = {});
  Dense(int64_t units, NameOr<activations::Activation> activation);
};

}  // namespace keraslike::layers

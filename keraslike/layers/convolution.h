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

// `padding` is "valid" (none) or "same" (output length = input length / strides, rounded up; where the cells do not
// share out evenly the odd one goes to the end). `data_format` is "channels_last" unless "channels_first" is given.
struct Conv2DOptions {
  Extent<2> strides = 1;
  std::string padding = "valid";
  std::optional<std::string> data_format = {};
  Extent<2> dilation_rate = 1;
  int64_t groups = 1;
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

// Slides `filters` windows over images: (batch, rows, columns, channels) -> (batch, new rows, new columns, filters).
// Weights: kernel (rows, columns, channels / groups, filters), bias (filters,). The parameters are those of a
// torch::nn::Conv2d, which stores the kernel with the filters first.
class Conv2D : public Layer {
 public:
  Conv2D(int64_t filters, Extent<2> kernel_size, Conv2DOptions options = {});
};

}  // namespace keraslike::layers

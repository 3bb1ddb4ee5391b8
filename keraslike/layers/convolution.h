#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/activations/activation.h"
#include "keraslike/constraints/constraint.h"
#include "keraslike/initializers/initializer.h"
#include "keraslike/layers/layer.h"
#include "keraslike/regularizers/regularizer.h"

// Convolutions over N axes: `Conv2D` is `Conv<2>`. With "channels_last", which is the default, inputs are (batch,
// steps, channels), (batch, rows, columns, channels) or (batch, depth, rows, columns, channels); with "channels_first"
// the channels follow the batch.
namespace keraslike::layers {

// `padding` is "valid" (none) or "same" (output length = input length / strides, rounded up; where the cells do not
// share out evenly the odd one goes to the end). Over one axis it may be "causal": all before, so that no output sees
// later steps.
template <std::size_t N>
struct ConvOptions {
  Extent<N> strides = 1;
  std::string padding = "valid";
  std::optional<std::string> data_format = {};
  Extent<N> dilation_rate = 1;
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
  std::optional<int64_t> lora_rank = {};  // see DenseOptions
  std::optional<int64_t> lora_alpha = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Slides `filters` windows over its input: (batch, lengths..., channels) -> (batch, new lengths..., filters). Weights:
// kernel (kernel_size..., channels / groups, filters), bias (filters,). The parameters are those of a torch::nn::Conv,
// which stores the kernel with the filters first.
template <std::size_t N>
class Conv : public Layer {
 public:
  Conv(int64_t filters, Extent<N> kernel_size, ConvOptions<N> options = {});
};

using Conv1DOptions = ConvOptions<1>;
using Conv2DOptions = ConvOptions<2>;
using Conv3DOptions = ConvOptions<3>;
using Conv1D = Conv<1>;
using Conv2D = Conv<2>;
using Conv3D = Conv<3>;

// `output_padding` settles the output's length where several inputs of a Conv would give the same: "valid" gives
// (length - 1) * strides + kernel_size + output_padding, or without it at least `strides` per input; "same" gives
// (length - 1) * strides + kernel_size % 2 + output_padding, or without it length * strides.
template <std::size_t N>
struct ConvTransposeOptions {
  Extent<N> strides = 1;
  std::string padding = "valid";
  std::optional<Extent<N>> output_padding = {};
  std::optional<std::string> data_format = {};
  Extent<N> dilation_rate = 1;
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
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Keras has `data_format` before `output_padding` here.
template <>
struct ConvTransposeOptions<3> {
  Extent<3> strides = 1;
  std::string padding = "valid";
  std::optional<std::string> data_format = {};
  std::optional<Extent<3>> output_padding = {};
  Extent<3> dilation_rate = 1;
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
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// The way back of a convolution: spreads each input over a window of the output. (batch, lengths..., channels) ->
// (batch, new lengths..., filters). Weights: kernel (kernel_size..., filters, channels), bias (filters,). The
// parameters are those of a torch::nn::ConvTranspose, which stores the kernel with the channels first.
template <std::size_t N>
class ConvTranspose : public Layer {
 public:
  ConvTranspose(int64_t filters, Extent<N> kernel_size, ConvTransposeOptions<N> options = {});
};

using Conv1DTransposeOptions = ConvTransposeOptions<1>;
using Conv2DTransposeOptions = ConvTransposeOptions<2>;
using Conv3DTransposeOptions = ConvTransposeOptions<3>;
using Conv1DTranspose = ConvTranspose<1>;
using Conv2DTranspose = ConvTranspose<2>;
using Conv3DTranspose = ConvTranspose<3>;

template <std::size_t N>
struct DepthwiseConvOptions {
  Extent<N> strides = 1;
  std::string padding = "valid";
  int64_t depth_multiplier = 1;
  std::optional<std::string> data_format = {};
  Extent<N> dilation_rate = 1;
  NameOr<activations::Activation> activation = none;
  bool use_bias = true;
  NameOr<Initializer> depthwise_initializer = "glorot_uniform";
  NameOr<Initializer> bias_initializer = "zeros";
  NameOr<Regularizer> depthwise_regularizer = none;
  NameOr<Regularizer> bias_regularizer = none;
  NameOr<Regularizer> activity_regularizer = none;
  NameOr<Constraint> depthwise_constraint = none;
  NameOr<Constraint> bias_constraint = none;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Slides `depth_multiplier` windows of its own over each channel: (batch, lengths..., channels) -> (batch, new
// lengths..., channels * depth_multiplier), the outputs of a channel side by side. Weights: kernel (kernel_size...,
// channels, depth_multiplier), bias (channels * depth_multiplier,).
template <std::size_t N>
class DepthwiseConv : public Layer {
 public:
  explicit DepthwiseConv(Extent<N> kernel_size, DepthwiseConvOptions<N> options = {});
};

using DepthwiseConv1DOptions = DepthwiseConvOptions<1>;
using DepthwiseConv2DOptions = DepthwiseConvOptions<2>;
using DepthwiseConv1D = DepthwiseConv<1>;
using DepthwiseConv2D = DepthwiseConv<2>;

template <std::size_t N>
struct SeparableConvOptions {
  Extent<N> strides = 1;
  std::string padding = "valid";
  std::optional<std::string> data_format = {};
  Extent<N> dilation_rate = 1;
  int64_t depth_multiplier = 1;
  NameOr<activations::Activation> activation = none;
  bool use_bias = true;
  NameOr<Initializer> depthwise_initializer = "glorot_uniform";
  NameOr<Initializer> pointwise_initializer = "glorot_uniform";
  NameOr<Initializer> bias_initializer = "zeros";
  NameOr<Regularizer> depthwise_regularizer = none;
  NameOr<Regularizer> pointwise_regularizer = none;
  NameOr<Regularizer> bias_regularizer = none;
  NameOr<Regularizer> activity_regularizer = none;
  NameOr<Constraint> depthwise_constraint = none;
  NameOr<Constraint> pointwise_constraint = none;
  NameOr<Constraint> bias_constraint = none;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// A DepthwiseConv and then a Conv with windows of one cell, which mixes the channels: (batch, lengths..., channels) ->
// (batch, new lengths..., filters). Weights: depthwise_kernel (kernel_size..., channels, depth_multiplier),
// pointwise_kernel (1..., channels * depth_multiplier, filters), bias (filters,).
template <std::size_t N>
class SeparableConv : public Layer {
 public:
  SeparableConv(int64_t filters, Extent<N> kernel_size, SeparableConvOptions<N> options = {});
};

using SeparableConv1DOptions = SeparableConvOptions<1>;
using SeparableConv2DOptions = SeparableConvOptions<2>;
using SeparableConv1D = SeparableConv<1>;
using SeparableConv2D = SeparableConv<2>;

}  // namespace keraslike::layers

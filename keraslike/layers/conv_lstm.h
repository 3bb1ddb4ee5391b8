#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/layers/recurrent.h"

// LSTMs whose products are convolutions over N axes: `ConvLSTM2D` is `ConvLSTM<2>`. With "channels_last", which is the
// default, inputs are (batch, steps, lengths..., channels); with "channels_first" (batch, steps, channels, lengths...).
namespace keraslike::layers {

// `padding` ("valid" or "same"), `strides` and `dilation_rate` are those of the convolution of the inputs; that of the
// state always keeps its lengths.
template <std::size_t N>
struct ConvLSTMOptions {
  Extent<N> strides = 1;
  std::string padding = "valid";
  std::optional<std::string> data_format = {};
  Extent<N> dilation_rate = 1;
  NameOr<activations::Activation> activation = "tanh";
  NameOr<activations::Activation> recurrent_activation = "sigmoid";
  bool use_bias = true;
  NameOr<Initializer> kernel_initializer = "glorot_uniform";
  NameOr<Initializer> recurrent_initializer = "orthogonal";
  NameOr<Initializer> bias_initializer = "zeros";
  bool unit_forget_bias = true;  // the bias of the forget gate begins at 1
  NameOr<Regularizer> kernel_regularizer = none;
  NameOr<Regularizer> recurrent_regularizer = none;
  NameOr<Regularizer> bias_regularizer = none;
  NameOr<Regularizer> activity_regularizer = none;
  NameOr<Constraint> kernel_constraint = none;
  NameOr<Constraint> recurrent_constraint = none;
  NameOr<Constraint> bias_constraint = none;
  double dropout = 0.0;
  double recurrent_dropout = 0.0;
  std::optional<int64_t> seed = {};
  bool return_sequences = false;
  bool return_state = false;
  bool go_backwards = false;
  bool stateful = false;
  bool unroll = false;
  bool zero_output_for_mask = false;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Shi et al., 2015 (arXiv:1506.04214), without peepholes: (batch, steps, lengths..., channels) -> (batch, new
// lengths..., filters). Gates and states are those of an LSTM, with a convolution in place of each product. The lengths
// must be known when it is built. Weights: kernel (kernel_size..., channels, 4 * filters), recurrent_kernel
// (kernel_size..., filters, 4 * filters), bias (4 * filters,).
template <std::size_t N>
class ConvLSTM : public RNN {
 public:
  ConvLSTM(int64_t filters, Extent<N> kernel_size, ConvLSTMOptions<N> options = {});
};

using ConvLSTM1DOptions = ConvLSTMOptions<1>;
using ConvLSTM2DOptions = ConvLSTMOptions<2>;
using ConvLSTM3DOptions = ConvLSTMOptions<3>;
using ConvLSTM1D = ConvLSTM<1>;
using ConvLSTM2D = ConvLSTM<2>;
using ConvLSTM3D = ConvLSTM<3>;

}  // namespace keraslike::layers

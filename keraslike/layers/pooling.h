#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/layers/layer.h"

// Pooling over N axes: `MaxPooling2D` is `MaxPooling<2>`. Shapes and data formats are those of the convolutions.
namespace keraslike::layers {

// `strides` are `pool_size` unless given. `padding` is "valid" or "same", as for Conv2D.
template <std::size_t N>
struct PoolingOptions {
  std::optional<Extent<N>> strides = {};
  std::string padding = "valid";
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// The greatest value of each window: (batch, lengths..., channels) -> (batch, new lengths..., channels).
template <std::size_t N>
class MaxPooling : public Layer {
 public:
  explicit MaxPooling(Extent<N> pool_size = 2, PoolingOptions<N> options = {});
};

// The mean of each window, from which "same" leaves out the padding, as Keras does on TensorFlow and JAX.
template <std::size_t N>
class AveragePooling : public Layer {
 public:
  explicit AveragePooling(Extent<N> pool_size, PoolingOptions<N> options = {});
};

using MaxPooling1DOptions = PoolingOptions<1>;
using MaxPooling2DOptions = PoolingOptions<2>;
using MaxPooling3DOptions = PoolingOptions<3>;
using MaxPooling1D = MaxPooling<1>;
using MaxPooling2D = MaxPooling<2>;
using MaxPooling3D = MaxPooling<3>;
using AveragePooling1DOptions = PoolingOptions<1>;
using AveragePooling2DOptions = PoolingOptions<2>;
using AveragePooling3DOptions = PoolingOptions<3>;
using AveragePooling1D = AveragePooling<1>;
using AveragePooling2D = AveragePooling<2>;
using AveragePooling3D = AveragePooling<3>;

struct GlobalPoolingOptions {
  std::optional<std::string> data_format = {};
  bool keepdims = false;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// The mean of each channel: (batch, lengths..., channels) -> (batch, channels), or with `keepdims` (batch, 1...,
// channels).
template <std::size_t N>
class GlobalAveragePooling : public Layer {
 public:
  explicit GlobalAveragePooling(GlobalPoolingOptions options = {});
};

// The greatest value of each channel. Where it is there several times, they share the gradient.
template <std::size_t N>
class GlobalMaxPooling : public Layer {
 public:
  explicit GlobalMaxPooling(GlobalPoolingOptions options = {});
};

using GlobalAveragePooling1DOptions = GlobalPoolingOptions;
using GlobalAveragePooling2DOptions = GlobalPoolingOptions;
using GlobalAveragePooling3DOptions = GlobalPoolingOptions;
using GlobalAveragePooling1D = GlobalAveragePooling<1>;
using GlobalAveragePooling2D = GlobalAveragePooling<2>;
using GlobalAveragePooling3D = GlobalAveragePooling<3>;
using GlobalMaxPooling1DOptions = GlobalPoolingOptions;
using GlobalMaxPooling2DOptions = GlobalPoolingOptions;
using GlobalMaxPooling3DOptions = GlobalPoolingOptions;
using GlobalMaxPooling1D = GlobalMaxPooling<1>;
using GlobalMaxPooling2D = GlobalMaxPooling<2>;
using GlobalMaxPooling3D = GlobalMaxPooling<3>;

struct AdaptivePoolingOptions {
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Windows that share out each axis, so that the output has `output_size` whatever the input's: window i of n reaches
// from floor(i * length / n) to ceil((i + 1) * length / n). (batch, lengths..., channels) -> (batch, output_size...,
// channels).
template <std::size_t N>
class AdaptiveAveragePooling : public Layer {
 public:
  explicit AdaptiveAveragePooling(Extent<N> output_size, AdaptivePoolingOptions options = {});
};

template <std::size_t N>
class AdaptiveMaxPooling : public Layer {
 public:
  explicit AdaptiveMaxPooling(Extent<N> output_size, AdaptivePoolingOptions options = {});
};

using AdaptiveAveragePooling1D = AdaptiveAveragePooling<1>;
using AdaptiveAveragePooling2D = AdaptiveAveragePooling<2>;
using AdaptiveAveragePooling3D = AdaptiveAveragePooling<3>;
using AdaptiveMaxPooling1D = AdaptiveMaxPooling<1>;
using AdaptiveMaxPooling2D = AdaptiveMaxPooling<2>;
using AdaptiveMaxPooling3D = AdaptiveMaxPooling<3>;

}  // namespace keraslike::layers

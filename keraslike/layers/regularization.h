#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/layers/layer.h"

// Noise that only training sees, and penalties. The output has the input's shape.
namespace keraslike::layers {

// In training, sets each value to 0 with probability `rate` and divides the others by 1 - rate; otherwise does nothing.
// `noise_shape` shares the choice along axes of size 1: `Shape{none, 1, 8}`, where `none` is the input's own size.
struct DropoutOptions {
  std::optional<Shape> noise_shape = {};
  std::optional<int64_t> seed = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

class Dropout : public Layer {
 public:
  explicit Dropout(double rate, DropoutOptions options = {});
};

template <std::size_t N>
struct SpatialDropoutOptions {
  std::optional<std::string> data_format = {};
  std::optional<int64_t> seed = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Over one axis Keras has no `data_format`: (batch, steps, channels).
template <>
struct SpatialDropoutOptions<1> {
  std::optional<int64_t> seed = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// A Dropout of whole channels, for inputs like those of the convolutions. As in Keras, a config keeps neither
// `trainable` nor `input_shape`.
template <std::size_t N>
class SpatialDropout : public Layer {
 public:
  explicit SpatialDropout(double rate, SpatialDropoutOptions<N> options = {});
};

using SpatialDropout1DOptions = SpatialDropoutOptions<1>;
using SpatialDropout2DOptions = SpatialDropoutOptions<2>;
using SpatialDropout3DOptions = SpatialDropoutOptions<3>;
using SpatialDropout1D = SpatialDropout<1>;
using SpatialDropout2D = SpatialDropout<2>;
using SpatialDropout3D = SpatialDropout<3>;

struct GaussianNoiseOptions {
  std::optional<int64_t> seed = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// In training, adds normal noise with mean 0 and `stddev`, which is at most 1.
class GaussianNoise : public Layer {
 public:
  explicit GaussianNoise(double stddev, GaussianNoiseOptions options = {});
};

struct GaussianDropoutOptions {
  std::optional<int64_t> seed = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// In training, multiplies by normal noise with mean 1 and standard deviation sqrt(rate / (1 - rate)), which is that of
// a Dropout of this rate.
class GaussianDropout : public Layer {
 public:
  explicit GaussianDropout(double rate, GaussianDropoutOptions options = {});
};

// `noise_shape` as for Dropout.
struct AlphaDropoutOptions {
  std::optional<Shape> noise_shape = {};
  std::optional<int64_t> seed = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// In training, sets values to the least that "selu" gives, and scales and shifts all so that mean and variance stay
// what they were. Klambauer et al., 2017.
class AlphaDropout : public Layer {
 public:
  explicit AlphaDropout(double rate, AlphaDropoutOptions options = {});
};

struct ActivityRegularizationOptions {
  double l1 = 0.0;
  double l2 = 0.0;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Adds l1 * (sum of |x|) + l2 * (sum of x^2), per row of the batch, to the loss, and leaves its input as it is.
class ActivityRegularization : public Layer {
 public:
  explicit ActivityRegularization(ActivityRegularizationOptions options = {});
};

}  // namespace keraslike::layers

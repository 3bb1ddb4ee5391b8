#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/layers/layer.h"
#include "keraslike/utils/nested_numbers.h"

namespace keraslike::layers {

// Layers that change the colors of images in training, each image of a batch its own way, and nothing in inference:
// (batch, rows, columns, channels), or one image (rows, columns, channels), with the same shape behind them. Seeds and
// factors are those of the layers that move pixels. `value_range` is from black to white; results stay within it.

struct RandomBrightnessOptions {
  std::array<double, 2> value_range = {0, 255};
  std::optional<int64_t> seed = {};
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Adds a part of the value range, `factor` in [-1, 1].
class RandomBrightness : public Layer {
 public:
  explicit RandomBrightness(NestedNumbers factor, RandomBrightnessOptions options = {});
};

struct RandomContrastOptions {
  std::array<double, 2> value_range = {0, 255};
  std::optional<int64_t> seed = {};
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// (x - mean) * f + mean with the mean of each channel and f between 1 - from and 1 + to. `factor` lies in [0, 1].
class RandomContrast : public Layer {
 public:
  explicit RandomContrast(NestedNumbers factor, RandomContrastOptions options = {});
};

struct RandomSaturationOptions {
  std::array<double, 2> value_range = {0, 255};
  std::optional<std::string> data_format = {};
  std::optional<int64_t> seed = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Multiplies the saturation by f / (1 - f): 0 makes images gray, 0.5 leaves them, 1 saturates them.
class RandomSaturation : public Layer {
 public:
  explicit RandomSaturation(NestedNumbers factor, RandomSaturationOptions options = {});
};

struct RandomHueOptions {
  std::array<double, 2> value_range = {0, 255};
  std::optional<std::string> data_format = {};
  std::optional<int64_t> seed = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Turns the hue by up to half the circle one way or the other. `factor` lies in [0, 1].
class RandomHue : public Layer {
 public:
  explicit RandomHue(NestedNumbers factor, RandomHueOptions options = {});
};

struct RandomColorDegenerationOptions {
  std::array<double, 2> value_range = {0, 255};
  std::optional<std::string> data_format = {};
  std::optional<int64_t> seed = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Between the image, at 0, and its gray one, at 1.
class RandomColorDegeneration : public Layer {
 public:
  explicit RandomColorDegeneration(NestedNumbers factor, RandomColorDegenerationOptions options = {});
};

struct RandomColorJitterOptions {
  std::array<double, 2> value_range = {0, 255};
  NestedNumbers brightness_factor = none;
  NestedNumbers contrast_factor = none;
  NestedNumbers saturation_factor = none;
  NestedNumbers hue_factor = none;
  std::optional<int64_t> seed = {};
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// RandomBrightness, RandomContrast, RandomSaturation and RandomHue, those of them that have a factor. They take the
// last axis for the channels whatever `data_format` says, as in Keras 3.15.
class RandomColorJitter : public Layer {
 public:
  explicit RandomColorJitter(RandomColorJitterOptions options = {});
};

struct RandomGrayscaleOptions {
  double factor = 0.5;
  std::optional<std::string> data_format = {};
  std::optional<int64_t> seed = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Makes a part of the images gray, with as many channels as before. Keras does not save the seed.
class RandomGrayscale : public Layer {
 public:
  explicit RandomGrayscale(RandomGrayscaleOptions options = {});
};

struct RandomInvertOptions {
  NestedNumbers factor = 1.0;
  std::array<double, 2> value_range = {0, 255};
  std::optional<int64_t> seed = {};
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Turns a part of the images, drawn from `factor` in [0, 1], into their negatives.
class RandomInvert : public Layer {
 public:
  explicit RandomInvert(RandomInvertOptions options = {});
};

struct RandomPosterizationOptions {
  std::array<double, 2> value_range = {0, 255};
  std::optional<std::string> data_format = {};
  std::optional<int64_t> seed = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Keeps the highest bits of the values, so many as drawn from `factor` in [1, 8]; a number n stands for {1, n}. The
// upper end is not drawn.
class RandomPosterization : public Layer {
 public:
  explicit RandomPosterization(NestedNumbers factor, RandomPosterizationOptions options = {});
};

struct RandomSharpnessOptions {
  std::array<double, 2> value_range = {0, 255};
  std::optional<std::string> data_format = {};
  std::optional<int64_t> seed = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Between a smoothed image, at 0, the image itself, at 0.5, and one as much sharper, at 1.
class RandomSharpness : public Layer {
 public:
  explicit RandomSharpness(NestedNumbers factor, RandomSharpnessOptions options = {});
};

struct SolarizationOptions {
  NestedNumbers addition_factor = 0.0;
  NestedNumbers threshold_factor = 0.0;
  std::array<double, 2> value_range = {0, 255};
  std::optional<int64_t> seed = {};
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Adds a value and inverts what is then at or above a threshold, both drawn from factors in [0, 1] of the range. As in
// Keras 3.15 the lower ends of factors count in steps of 1 / 255.
class Solarization : public Layer {
 public:
  explicit Solarization(SolarizationOptions options = {});
};

}  // namespace keraslike::layers

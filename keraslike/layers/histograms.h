#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/layers/layer.h"

namespace keraslike::layers {

// Layers that spread the values of images over the whole of `value_range`: (batch, rows, columns, channels), or one
// image (rows, columns, channels), with the same shape behind them.

struct AutoContrastOptions {
  std::array<double, 2> value_range = {0, 255};
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// The darkest value of each channel of an image becomes black and the brightest white, in training and in inference. An
// even channel stays. As in Keras 3.15 this is so for "channels_last" only: with "channels_first" each column counts
// for itself.
class AutoContrast : public Layer {
 public:
  explicit AutoContrast(AutoContrastOptions options = {});
};

struct EqualizationOptions {
  std::array<double, 2> value_range = {0, 255};
  int64_t bins = 256;
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Makes all values of a channel about equally frequent, in training only. As in Keras 3.15 all images of a batch count
// together.
class Equalization : public Layer {
 public:
  explicit Equalization(EqualizationOptions options = {});
};

struct ContrastLimitedAdaptiveHistogramEqualizationOptions {
  std::array<double, 2> value_range = {0, 255};
  double clip_limit = 4.0;
  Extent<2> tile_grid_size = 8;
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Equalization of each tile by itself, in training and in inference, with no value counted more than `clip_limit` times
// as often as on average and the mappings of the tiles around a pixel blended. No clipping for a limit of 0.
class ContrastLimitedAdaptiveHistogramEqualization : public Layer {
 public:
  explicit ContrastLimitedAdaptiveHistogramEqualization(
      ContrastLimitedAdaptiveHistogramEqualizationOptions options = {});
};

}  // namespace keraslike::layers

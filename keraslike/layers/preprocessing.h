#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/data/data.h"
#include "keraslike/layers/layer.h"
#include "keraslike/utils/axes.h"
#include "keraslike/utils/nested_numbers.h"

namespace keraslike::layers {

struct RescalingOptions {
  NestedNumbers offset = 0.0;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// input * scale + offset: `Rescaling(1.0 / 255)` brings bytes to [0, 1]. Lists stand for the last axes of the input, as
// one number for each channel. Throws ValueError for an input that has other sizes there.
class Rescaling : public Layer {
 public:
  explicit Rescaling(NestedNumbers scale, RescalingOptions options = {});
};

// Each entry of `axis` keeps its own mean and variance: -1 for one per feature, several axes for one per combination,
// `none` for a single pair. `mean` and `variance` are given together, as one number or with the sizes of those axes.
struct NormalizationOptions {
  Axes axis = -1;
  NestedNumbers mean = none;
  NestedNumbers variance = none;
  bool invert = false;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// (input - mean) / max(sqrt(variance), 1e-7), with the mean and the (biased) variance given, or learned from data by
// `adapt`. `invert` goes the other way. Weights, none of which trains: mean, variance, count.
class Normalization : public Layer {
 public:
  explicit Normalization(NormalizationOptions options = {});

  // Takes mean and variance from these rows, in place of what was there.
  void adapt(const Data& data) const;
};

struct CenterCropOptions {
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// The middle of images: (batch, rows, columns, channels) -> (batch, height, width, channels). Smaller images are
// cropped to these proportions and enlarged.
class CenterCrop : public Layer {
 public:
  CenterCrop(int64_t height, int64_t width, CenterCropOptions options = {});
};

// `interpolation` as for UpSampling2D. The proportions change unless the image is cropped or padded to them first;
// `fill_mode` can only be "constant".
struct ResizingOptions {
  std::string interpolation = "bilinear";
  bool crop_to_aspect_ratio = false;
  bool pad_to_aspect_ratio = false;
  std::string fill_mode = "constant";
  double fill_value = 0.0;
  bool antialias = false;
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Images of another size: (batch, rows, columns, channels) -> (batch, height, width, channels).
class Resizing : public Layer {
 public:
  Resizing(int64_t height, int64_t width, ResizingOptions options = {});
};

}  // namespace keraslike::layers

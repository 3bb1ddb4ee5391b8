#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/layers/layer.h"
#include "keraslike/utils/nested_numbers.h"

namespace keraslike::layers {

// Layers that move the pixels of images in training, each image of a batch its own way, and change nothing in
// inference: (batch, rows, columns, channels), or one image (rows, columns, channels), with the same shape behind them.
// The same `seed` draws what Keras' torch backend draws on a CPU, on every device. A layer called by itself needs
// `{.training = true}`, which Keras has for a default there.
//
// A factor is a number or two, from and to: `0.2` is `{-0.2, 0.2}`, or `{0, 0.2}` where it can not be negative.
// `fill_mode` says what stands beyond the edge: "reflect" (d c b a | a b c d), "wrap" (the image again), "nearest" (the
// edge goes on) or "constant", `fill_value`. `interpolation` is "bilinear" or "nearest".

struct RandomFlipOptions {
  std::optional<int64_t> seed = {};
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Half of the images are turned over: `mode` is "horizontal", "vertical" or "horizontal_and_vertical", which turns both
// ways at once.
class RandomFlip : public Layer {
 public:
  explicit RandomFlip(std::string mode = "horizontal_and_vertical", RandomFlipOptions options = {});
};

struct RandomRotationOptions {
  std::string fill_mode = "reflect";
  std::string interpolation = "bilinear";
  std::optional<int64_t> seed = {};
  double fill_value = 0.0;
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Turned around the middle by a part of a full turn, clockwise where it is negative. `factor` lies in [-1, 1].
class RandomRotation : public Layer {
 public:
  explicit RandomRotation(NestedNumbers factor, RandomRotationOptions options = {});
};

struct RandomZoomOptions {
  NestedNumbers width_factor = none;  // none: as much as the height
  std::string fill_mode = "reflect";
  std::string interpolation = "bilinear";
  std::optional<int64_t> seed = {};
  double fill_value = 0.0;
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// A factor of 0.2 shows 20 % more of the height, one of -0.2 shows less. Factors lie in (-1, 1].
class RandomZoom : public Layer {
 public:
  explicit RandomZoom(NestedNumbers height_factor, RandomZoomOptions options = {});
};

struct RandomTranslationOptions {
  std::string fill_mode = "reflect";
  std::string interpolation = "bilinear";
  std::optional<int64_t> seed = {};
  double fill_value = 0.0;
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Moved by parts of the height, down where positive, and of the width, to the right. Factors lie in [-1, 1].
class RandomTranslation : public Layer {
 public:
  RandomTranslation(NestedNumbers height_factor, NestedNumbers width_factor, RandomTranslationOptions options = {});
};

struct RandomShearOptions {
  NestedNumbers x_factor = 0.0;
  NestedNumbers y_factor = 0.0;
  std::string interpolation = "bilinear";
  std::string fill_mode = "reflect";
  double fill_value = 0.0;
  std::optional<std::string> data_format = {};
  std::optional<int64_t> seed = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Slanted by so much per row and per column, half of the images the other way. Factors lie in [0, 1].
class RandomShear : public Layer {
 public:
  explicit RandomShear(RandomShearOptions options = {});
};

struct RandomCropOptions {
  std::optional<int64_t> seed = {};
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// The same part of all images, (batch, height, width, channels), in training only: in inference images pass whole, as
// in Keras 3.15, although `compute_output_shape` is that of the part. Images that are not larger both ways are cut to
// the size from the middle where they can be and brought to it where not.
class RandomCrop : public Layer {
 public:
  RandomCrop(int64_t height, int64_t width, RandomCropOptions options = {});
};

struct RandomPerspectiveOptions {
  NestedNumbers factor = 1.0;  // of the images that are changed; in [0, 1]
  double scale = 1.0;          // how far corners move, in [0, 1]
  std::string interpolation = "bilinear";
  double fill_value = 0.0;
  std::optional<int64_t> seed = {};
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// As seen from another side: each corner moves on its own.
class RandomPerspective : public Layer {
 public:
  explicit RandomPerspective(RandomPerspectiveOptions options = {});
};

struct RandomElasticTransformOptions {
  NestedNumbers factor = 1.0;  // of the images that are changed; in [0, 1]
  NestedNumbers scale = 1.0;   // how far pixels move, in [0, 1]
  std::string interpolation = "bilinear";
  std::string fill_mode = "reflect";  // "mirror" (d c b | a b c d) too
  double fill_value = 0.0;
  std::array<double, 2> value_range = {0, 255};
  std::optional<int64_t> seed = {};
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// As if drawn on rubber: pixels move by a smoothed noise, which comes from LibTorch's default generator, as in Keras.
class RandomElasticTransform : public Layer {
 public:
  explicit RandomElasticTransform(RandomElasticTransformOptions options = {});
};

}  // namespace keraslike::layers

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "keraslike/layers/layer.h"
#include "keraslike/utils/nested_numbers.h"

namespace keraslike::layers {

// Layers that put images together, hide parts of them or blur them in training, and change nothing in inference:
// (batch, rows, columns, channels), or one image (rows, columns, channels), with the same shape behind them. Seeds and
// factors are those of the layers that move pixels.

struct CutMixOptions {
  NestedNumbers factor = 1.0;
  std::optional<int64_t> seed = {};
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// A rectangle of each image comes from another image of the batch. Its share of the image is 1 - w, with w from a beta
// distribution whose two parameters are drawn from `factor`, in [0, 1].
class CutMix : public Layer {
 public:
  explicit CutMix(CutMixOptions options = {});

  // A batch of images as in training, and its labels (batch, classes) mixed as much as the images are: Keras' call on a
  // dict of both. `auto [mixed, mixed_labels] = layer.mix(images, labels)`. Throws ValueError where the rows of
  // both are not as many.
  std::pair<at::Tensor, at::Tensor> mix(const at::Tensor& images, const at::Tensor& labels) const;
  std::pair<Array, Array> mix(const Array& images, const Array& labels) const;
};

struct MixUpOptions {
  double alpha = 0.2;
  std::optional<std::string> data_format = {};
  std::optional<int64_t> seed = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// w * image + (1 - w) * another image of the batch, with w from a beta distribution whose two parameters are `alpha`.
class MixUp : public Layer {
 public:
  explicit MixUp(MixUpOptions options = {});

  // As CutMix' `mix`.
  std::pair<at::Tensor, at::Tensor> mix(const at::Tensor& images, const at::Tensor& labels) const;
  std::pair<Array, Array> mix(const Array& images, const Array& labels) const;
};

struct RandomErasingOptions {
  NestedNumbers factor = 1.0;            // of the images that are changed; in [0, 1]
  NestedNumbers scale = {0.02, 0.33};    // how much of an image is hidden; in [0, 1]
  NestedNumbers fill_value = none;       // a number, or one per channel; none: noise
  std::array<double, 2> value_range = {0, 255};
  std::optional<int64_t> seed = {};
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Hides a rectangle of an image. Noise is normal, times the end of the value range, kept within it.
class RandomErasing : public Layer {
 public:
  explicit RandomErasing(RandomErasingOptions options = {});
};

struct RandomGaussianBlurOptions {
  NestedNumbers factor = 1.0;  // of the images that are changed; in [0, 1]
  Extent<2> kernel_size = 3;   // odd
  NestedNumbers sigma = 1.0;   // in [0, 1]; drawn once for the batch and each axis
  std::array<double, 2> value_range = {0, 255};
  std::optional<std::string> data_format = {};
  std::optional<int64_t> seed = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Blurs a part of the images.
class RandomGaussianBlur : public Layer {
 public:
  explicit RandomGaussianBlur(RandomGaussianBlurOptions options = {});
};

struct MaxNumBoundingBoxesOptions {
  int64_t fill_value = -1;  // not in a config, as in Keras
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// In Keras it cuts or fills lists of bounding boxes. Images, which are all that layers take here, pass.
class MaxNumBoundingBoxes : public Layer {
 public:
  explicit MaxNumBoundingBoxes(int64_t max_number, MaxNumBoundingBoxesOptions options = {});
};

}  // namespace keraslike::layers

#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "keraslike/layers/layer.h"
#include "keraslike/utils/nested_numbers.h"

namespace keraslike::layers {

// Layers made of other augmentation layers. All are drawn from one seed.

struct RandAugmentOptions {
  std::array<double, 2> value_range = {0, 255};
  int64_t num_ops = 2;
  NestedNumbers factor = 0.5;  // of each of the changes, in [0, 1]
  std::string interpolation = "bilinear";
  std::optional<int64_t> seed = {};
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Changes images in training by `num_ops` of eleven layers, drawn for the batch, one after the other: RandomShear,
// RandomTranslation, RandomRotation, RandomBrightness, RandomColorDegeneration, RandomContrast, RandomSharpness,
// RandomPosterization, Solarization, AutoContrast and Equalization. (https://arxiv.org/abs/1909.13719)
class RandAugment : public Layer {
 public:
  explicit RandAugment(RandAugmentOptions options = {});
};

struct AugMixOptions {
  std::array<double, 2> value_range = {0, 255};
  int64_t num_chains = 3;
  int64_t chain_depth = 3;
  NestedNumbers factor = 0.3;  // of each of the changes, in [0, 1]
  double alpha = 1.0;          // of the Dirichlet and the beta distribution of the weights
  bool all_ops = true;         // without: no brightness, color degeneration, contrast and sharpness
  std::string interpolation = "bilinear";
  std::optional<int64_t> seed = {};
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// In training a weighted sum of the image and of `num_chains` chains of at most `chain_depth` of these layers, which
// are chosen with Python's generator, as in Keras. (https://arxiv.org/abs/1912.02781)
class AugMix : public Layer {
 public:
  explicit AugMix(AugMixOptions options = {});
};

struct PipelineOptions {
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Layers one after the other: `Pipeline({RandomFlip(), RandomRotation(0.1)})`.
class Pipeline : public Layer {
 public:
  explicit Pipeline(std::vector<Layer> layers, PipelineOptions options = {});
  explicit Pipeline(std::initializer_list<Layer> layers, PipelineOptions options = {});
};

}  // namespace keraslike::layers

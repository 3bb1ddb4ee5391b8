#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/constraints/constraint.h"
#include "keraslike/initializers/initializer.h"
#include "keraslike/layers/layer.h"
#include "keraslike/regularizers/regularizer.h"
#include "keraslike/utils/axes.h"
#include "keraslike/utils/ordered_map.h"

namespace keraslike::layers {

// `momentum` is the share of the old value in the moving statistics (LibTorch counts the new one's).
struct BatchNormalizationOptions {
  int64_t axis = -1;
  double momentum = 0.99;
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  NameOr<Initializer> beta_initializer = "zeros";
  NameOr<Initializer> gamma_initializer = "ones";
  NameOr<Initializer> moving_mean_initializer = "zeros";
  NameOr<Initializer> moving_variance_initializer = "ones";
  NameOr<Regularizer> beta_regularizer = none;
  NameOr<Regularizer> gamma_regularizer = none;
  NameOr<Constraint> beta_constraint = none;
  NameOr<Constraint> gamma_constraint = none;
  bool renorm = false;
  OrderedMap<std::optional<double>> renorm_clipping = {};  // {{"rmax", 3.0}, {"rmin", 0.3}, {"dmax", 5.0}}
  double renorm_momentum = 0.99;
  bool synchronized = false;  // for Keras' TensorFlow backend alone; true throws
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// gamma * (x - mean) / sqrt(variance + epsilon) + beta, for each entry of `axis`. In training mean and variance are the
// batch's, and the moving ones follow them; otherwise, and in a layer that is not trainable, they are the moving ones.
// The moving variance follows the biased variance, unlike LibTorch's. Weights: gamma, beta, moving_mean,
// moving_variance, each (size of axis,). Ioffe and Szegedy, 2015. `renorm` corrects the batch's statistics towards
// moving ones in training too, within the bounds of `renorm_clipping`, and adds the weights moving_stddev, renorm_mean
// and renorm_stddev. Ioffe, 2017.
class BatchNormalization : public Layer {
 public:
  explicit BatchNormalization(BatchNormalizationOptions options = {});
};

struct LayerNormalizationOptions {
  Axes axis = -1;
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  NameOr<Initializer> beta_initializer = "zeros";
  NameOr<Initializer> gamma_initializer = "ones";
  NameOr<Regularizer> beta_regularizer = none;
  NameOr<Regularizer> gamma_regularizer = none;
  NameOr<Constraint> beta_constraint = none;
  NameOr<Constraint> gamma_constraint = none;
  bool rms_scaling = false;  // deprecated: x / sqrt(variance + epsilon), with gamma alone
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// gamma * (x - mean) / sqrt(variance + epsilon) + beta, with mean and (biased) variance over `axis`, in training and
// elsewhere alike. Weights: gamma, beta, each with the sizes of these axes. Ba, Kiros and Hinton, 2016.
class LayerNormalization : public Layer {
 public:
  explicit LayerNormalization(LayerNormalizationOptions options = {});
};

// `groups` of -1 means one for each entry of `axis`.
struct GroupNormalizationOptions {
  int64_t groups = 32;
  int64_t axis = -1;
  double epsilon = 1e-3;
  bool center = true;
  bool scale = true;
  NameOr<Initializer> beta_initializer = "zeros";
  NameOr<Initializer> gamma_initializer = "ones";
  NameOr<Regularizer> beta_regularizer = none;
  NameOr<Regularizer> gamma_regularizer = none;
  NameOr<Constraint> beta_constraint = none;
  NameOr<Constraint> gamma_constraint = none;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// gamma * (x - mean) / sqrt(variance + epsilon) + beta, with mean and (biased) variance over each of `groups` equal
// parts of `axis` and all other axes but the batch's. Weights: gamma, beta, each (size of axis,). Wu and He, 2018.
class GroupNormalization : public Layer {
 public:
  explicit GroupNormalization(GroupNormalizationOptions options = {});
};

struct RMSNormalizationOptions {
  Axes axis = -1;
  double epsilon = 1e-6;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// scale * x / sqrt(mean of x^2 over `axis` + epsilon). Weight: scale, with the sizes of these axes. Zhang and Sennrich,
// 2019.
class RMSNormalization : public Layer {
 public:
  explicit RMSNormalization(RMSNormalizationOptions options = {});
};

struct UnitNormalizationOptions {
  Axes axis = -1;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// x / sqrt(sum of x^2 over `axis`): vectors of length 1.
class UnitNormalization : public Layer {
 public:
  explicit UnitNormalization(UnitNormalizationOptions options = {});
};

struct SpectralNormalizationOptions {
  int64_t power_iterations = 1;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// A layer whose kernel (or embeddings) is divided by its spectral norm in each step of training: the greatest stretch
// of a vector by it, found by `power_iterations`. Weights: those of the layer, and vector_u (1, last axis of the
// kernel), which does not train. Miyato et al., arXiv:1802.05957.
class SpectralNormalization : public Layer {
 public:
  explicit SpectralNormalization(Layer layer, SpectralNormalizationOptions options = {});
};

}  // namespace keraslike::layers

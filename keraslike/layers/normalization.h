#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/constraints/constraint.h"
#include "keraslike/initializers/initializer.h"
#include "keraslike/layers/layer.h"
#include "keraslike/regularizers/regularizer.h"

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
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::string name = {};
};

// gamma * (x - mean) / sqrt(variance + epsilon) + beta, for each entry of `axis`. In training mean and variance are the
// batch's, and the moving ones follow them; otherwise, and in a layer that is not trainable, they are the moving ones.
// The moving variance follows the biased variance, unlike LibTorch's. Weights: gamma, beta, moving_mean,
// moving_variance, each (size of axis,). Ioffe and Szegedy, 2015.
class BatchNormalization : public Layer {
 public:
  explicit BatchNormalization(BatchNormalizationOptions options = {});
};

}  // namespace keraslike::layers

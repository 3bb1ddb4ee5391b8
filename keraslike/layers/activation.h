#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/activations/activation.h"
#include "keraslike/constraints/constraint.h"
#include "keraslike/initializers/initializer.h"
#include "keraslike/layers/layer.h"
#include "keraslike/regularizers/regularizer.h"
#include "keraslike/utils/axes.h"

// Activations as layers of their own. The output has the input's shape.
namespace keraslike::layers {

struct ActivationOptions {
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Any activation, by name, as an object or as a function.
class Activation : public Layer {
 public:
  explicit Activation(NameOr<activations::Activation> activation, ActivationOptions options = {});
};

// x >= max_value: max_value; threshold <= x: x; below: negative_slope * (x - threshold).
struct ReLUOptions {
  std::optional<double> max_value = {};
  double negative_slope = 0.0;
  double threshold = 0.0;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

class ReLU : public Layer {
 public:
  explicit ReLU(ReLUOptions options = {});
};

// negative_slope * x below 0. The layer's slope is 0.3; that of the function "leaky_relu" is 0.2.
struct LeakyReLUOptions {
  double negative_slope = 0.3;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

class LeakyReLU : public Layer {
 public:
  explicit LeakyReLU(LeakyReLUOptions options = {});
  explicit LeakyReLU(double negative_slope);
};

// `shared_axes` are those along which all values share one slope, counted with the batch axis as 0: {1, 2} for images
// whose channels each learn one.
struct PReLUOptions {
  NameOr<Initializer> alpha_initializer = "Zeros";
  NameOr<Regularizer> alpha_regularizer = none;
  NameOr<Constraint> alpha_constraint = none;
  Axes shared_axes = none;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// alpha * x below 0, with slopes that are learned. Weight: alpha, of the input's shape without the batch axis, and 1 on
// the shared axes. He et al., 2015.
class PReLU : public Layer {
 public:
  explicit PReLU(PReLUOptions options = {});
};

// alpha * (exp(x) - 1) below 0.
struct ELUOptions {
  double alpha = 1.0;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

class ELU : public Layer {
 public:
  explicit ELU(ELUOptions options = {});
  explicit ELU(double alpha);
};

// Positive values that sum to 1 over the axis.
struct SoftmaxOptions {
  Axes axis = -1;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

class Softmax : public Layer {
 public:
  explicit Softmax(SoftmaxOptions options = {});
};

}  // namespace keraslike::layers

#pragma once

#include <optional>

#include "keraslike/activations/activation.h"
#include "keraslike/utils/axes.h"

// Keras' activation functions as objects: `activations::Relu({.max_value = 6})(x)`. Their names are Keras' function
// names.
namespace keraslike::activations {

// x >= max_value: max_value; threshold <= x: x; below: negative_slope * (x - threshold).
struct ReluOptions {
  double negative_slope = 0.0;
  std::optional<double> max_value = {};
  double threshold = 0.0;
};

class Relu : public Activation {
 public:
  explicit Relu(ReluOptions options = {});
};

struct LeakyReluOptions {
  double negative_slope = 0.2;
};

class LeakyRelu : public Activation {
 public:
  explicit LeakyRelu(LeakyReluOptions options = {});
};

class Relu6 : public Activation {
 public:
  Relu6();
};

// alpha * (exp(x) - 1) below 0.
struct EluOptions {
  double alpha = 1.0;
};

class Elu : public Activation {
 public:
  explicit Elu(EluOptions options = {});
};

// alpha * (exp(x / alpha) - 1) below 0.
struct CeluOptions {
  double alpha = 1.0;
};

class Celu : public Activation {
 public:
  explicit Celu(CeluOptions options = {});
};

class Selu : public Activation {
 public:
  Selu();
};

// x * Phi(x), or with `approximate` the formula with tanh.
struct GeluOptions {
  bool approximate = false;
};

class Gelu : public Activation {
 public:
  explicit Gelu(GeluOptions options = {});
};

// x * sigmoid(x), also called swish.
class Silu : public Activation {
 public:
  Silu();
};

// x * relu6(x + 3) / 6, also called hard_swish.
class HardSilu : public Activation {
 public:
  HardSilu();
};

// x * tanh(softplus(x))
class Mish : public Activation {
 public:
  Mish();
};

class Softplus : public Activation {
 public:
  Softplus();
};

// x / (1 + |x|)
class Softsign : public Activation {
 public:
  Softsign();
};

// (x + sqrt(x^2 + b)) / 2
struct SquareplusOptions {
  double b = 4.0;
};

class Squareplus : public Activation {
 public:
  explicit Squareplus(SquareplusOptions options = {});
};

class Tanh : public Activation {
 public:
  Tanh();
};

// x - tanh(x)
class TanhShrink : public Activation {
 public:
  TanhShrink();
};

// x cut to [-1, 1].
class HardTanh : public Activation {
 public:
  HardTanh();
};

// x moved towards 0 by `threshold`, and 0 where |x| is below it.
struct SoftShrinkOptions {
  double threshold = 0.5;
};

class SoftShrink : public Activation {
 public:
  explicit SoftShrink(SoftShrinkOptions options = {});
};

// x, and 0 where |x| is at most `threshold`.
struct HardShrinkOptions {
  double threshold = 0.5;
};

class HardShrink : public Activation {
 public:
  explicit HardShrink(HardShrinkOptions options = {});
};

// x where x > threshold, else `default_value`. By its name alone it has no numbers to work with and throws when called.
class Threshold : public Activation {
 public:
  Threshold(double threshold, double default_value);
};

class Sigmoid : public Activation {
 public:
  Sigmoid();
};

// relu6(x + 3) / 6
class HardSigmoid : public Activation {
 public:
  HardSigmoid();
};

class LogSigmoid : public Activation {
 public:
  LogSigmoid();
};

// (x + 1) / 2 cut to [0, 1].
class SparseSigmoid : public Activation {
 public:
  SparseSigmoid();
};

// 0 up to -1, (x + 1)^2 / 4 up to 1, then x.
class SparsePlus : public Activation {
 public:
  SparsePlus();
};

class Exponential : public Activation {
 public:
  Exponential();
};

class Linear : public Activation {
 public:
  Linear();
};

// Positive values that sum to 1 over the axis, or over all of several axes together.
struct SoftmaxOptions {
  Axes axis = -1;
};

class Softmax : public Activation {
 public:
  explicit Softmax(SoftmaxOptions options = {});
};

struct LogSoftmaxOptions {
  Axes axis = -1;
};

class LogSoftmax : public Activation {
 public:
  explicit LogSoftmax(LogSoftmaxOptions options = {});
};

// Like softmax, with exact zeros. As in Keras 3.15, on all its backends, the values do not sum to 1 where several stay
// above 0: the number subtracted comes from the sum of their cumulated sums.
struct SparsemaxOptions {
  int64_t axis = -1;
};

class Sparsemax : public Activation {
 public:
  explicit Sparsemax(SparsemaxOptions options = {});
};

// a * sigmoid(b), where a and b are the halves of x along the axis: the result is half as long there.
struct GluOptions {
  int64_t axis = -1;
};

class Glu : public Activation {
 public:
  explicit Glu(GluOptions options = {});
};

}  // namespace keraslike::activations

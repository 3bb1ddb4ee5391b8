#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keraslike/activations/activation.h"
#include "keraslike/constraints/constraint.h"
#include "keraslike/initializers/initializer.h"
#include "keraslike/layers/layer.h"
#include "keraslike/regularizers/regularizer.h"

// What a recurrent layer does in one step, for `RNN`: (batch, features) and states -> (batch, units) and new states.
// Weights: kernel (features, gates * units), recurrent_kernel (units, gates * units), bias. `dropout` and
// `recurrent_dropout` drop inputs and states in training; a sequence keeps what was drawn for all of its steps.
namespace keraslike::layers {

struct SimpleRNNCellOptions {
  NameOr<activations::Activation> activation = "tanh";
  bool use_bias = true;
  NameOr<Initializer> kernel_initializer = "glorot_uniform";
  NameOr<Initializer> recurrent_initializer = "orthogonal";
  NameOr<Initializer> bias_initializer = "zeros";
  NameOr<Regularizer> kernel_regularizer = none;
  NameOr<Regularizer> recurrent_regularizer = none;
  NameOr<Regularizer> bias_regularizer = none;
  NameOr<Constraint> kernel_constraint = none;
  NameOr<Constraint> recurrent_constraint = none;
  NameOr<Constraint> bias_constraint = none;
  double dropout = 0.0;
  double recurrent_dropout = 0.0;
  std::optional<int64_t> seed = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// h' = activation(x . kernel + bias + h . recurrent_kernel), which is also the output.
class SimpleRNNCell : public Layer {
 public:
  explicit SimpleRNNCell(int64_t units, SimpleRNNCellOptions options = {});
};

struct LSTMCellOptions {
  NameOr<activations::Activation> activation = "tanh";
  NameOr<activations::Activation> recurrent_activation = "sigmoid";
  bool use_bias = true;
  NameOr<Initializer> kernel_initializer = "glorot_uniform";
  NameOr<Initializer> recurrent_initializer = "orthogonal";
  NameOr<Initializer> bias_initializer = "zeros";
  bool unit_forget_bias = true;  // the bias of the forget gate begins at 1
  NameOr<Regularizer> kernel_regularizer = none;
  NameOr<Regularizer> recurrent_regularizer = none;
  NameOr<Regularizer> bias_regularizer = none;
  NameOr<Constraint> kernel_constraint = none;
  NameOr<Constraint> recurrent_constraint = none;
  NameOr<Constraint> bias_constraint = none;
  double dropout = 0.0;
  double recurrent_dropout = 0.0;
  std::optional<int64_t> seed = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Long short-term memory, Hochreiter and Schmidhuber, 1997. Gates in the order i, f, c, o; states h and c:
// c' = f * c + i * activation(gate c), h' = o * activation(c').
class LSTMCell : public Layer {
 public:
  explicit LSTMCell(int64_t units, LSTMCellOptions options = {});
};

struct GRUCellOptions {
  NameOr<activations::Activation> activation = "tanh";
  NameOr<activations::Activation> recurrent_activation = "sigmoid";
  bool use_bias = true;
  NameOr<Initializer> kernel_initializer = "glorot_uniform";
  NameOr<Initializer> recurrent_initializer = "orthogonal";
  NameOr<Initializer> bias_initializer = "zeros";
  NameOr<Regularizer> kernel_regularizer = none;
  NameOr<Regularizer> recurrent_regularizer = none;
  NameOr<Regularizer> bias_regularizer = none;
  NameOr<Constraint> kernel_constraint = none;
  NameOr<Constraint> recurrent_constraint = none;
  NameOr<Constraint> bias_constraint = none;
  double dropout = 0.0;
  double recurrent_dropout = 0.0;
  bool reset_after = true;
  std::optional<int64_t> seed = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Gated recurrent unit, Cho et al., 2014. Gates in the order z, r, h: h' = z * h + (1 - z) * candidate. With
// `reset_after` the reset gate multiplies what the recurrent kernel gives, and the bias is (2, 3 * units), one row for
// the input and one for the state; without, it multiplies the state, and the bias is (3 * units,).
class GRUCell : public Layer {
 public:
  explicit GRUCell(int64_t units, GRUCellOptions options = {});
};

struct StackedRNNCellsOptions {
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Cells one behind the other as one cell. Its states are those of the cells, in their order.
class StackedRNNCells : public Layer {
 public:
  explicit StackedRNNCells(std::vector<Layer> cells, StackedRNNCellsOptions options = {});
};

}  // namespace keraslike::layers

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "keraslike/activations/activation.h"
#include "keraslike/constraints/constraint.h"
#include "keraslike/initializers/initializer.h"
#include "keraslike/layers/layer.h"
#include "keraslike/regularizers/regularizer.h"

// Layers over sequences: (batch, steps, features) -> (batch, units), the output of the last step, or with
// `return_sequences` (batch, steps, units). With `return_state` the states after the last step follow as outputs.
// `go_backwards` takes the steps from the last to the first, and gives the outputs in that order. `stateful` keeps the
// states for the next batch, which must have as many rows; `reset_states` sets them to 0. `unroll` changes nothing: steps
// run one after the other in any case. States to begin with come by the call: `lstm(x, {.initial_state = {h, c}})`.
//
// A step that a mask leaves out changes no state and repeats the output before it, or gives 0 with
// `zero_output_for_mask`. As in Keras 3.15, a mask that an input brings along does not count where an `initial_state` is
// given; one in the call does.
namespace keraslike::layers {

class RNNImpl;

// Sets the states of all stateful layers in a layer or model to 0.
void reset_states(const Layer& layer);

struct RNNOptions {
  bool return_sequences = false;
  bool return_state = false;
  bool go_backwards = false;
  bool stateful = false;
  bool unroll = false;
  bool zero_output_for_mask = false;
  NameOr<Regularizer> activity_regularizer = none;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Runs a cell over the steps of its input; several cells are a StackedRNNCells. A cell of your own derives from
// `RNNCellImpl`, see keraslike/torch.h.
class RNN : public Layer {
 public:
  explicit RNN(Layer cell, RNNOptions options = {});
  explicit RNN(std::vector<Layer> cells, RNNOptions options = {});

  void reset_states() const { layers::reset_states(*this); }
  void reset_state() const { layers::reset_states(*this); }

 protected:
  explicit RNN(std::shared_ptr<RNNImpl> impl);
};

struct SimpleRNNOptions {
  NameOr<activations::Activation> activation = "tanh";
  bool use_bias = true;
  NameOr<Initializer> kernel_initializer = "glorot_uniform";
  NameOr<Initializer> recurrent_initializer = "orthogonal";
  NameOr<Initializer> bias_initializer = "zeros";
  NameOr<Regularizer> kernel_regularizer = none;
  NameOr<Regularizer> recurrent_regularizer = none;
  NameOr<Regularizer> bias_regularizer = none;
  NameOr<Regularizer> activity_regularizer = none;  // not applied, with a warning: Keras 3.15 ignores it
  NameOr<Constraint> kernel_constraint = none;
  NameOr<Constraint> recurrent_constraint = none;
  NameOr<Constraint> bias_constraint = none;
  double dropout = 0.0;
  double recurrent_dropout = 0.0;
  bool return_sequences = false;
  bool return_state = false;
  bool go_backwards = false;
  bool stateful = false;
  bool unroll = false;
  std::optional<int64_t> seed = {};
  bool zero_output_for_mask = false;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// An RNN of a SimpleRNNCell.
class SimpleRNN : public RNN {
 public:
  explicit SimpleRNN(int64_t units, SimpleRNNOptions options = {});
};

// `use_cudnn` true throws where LibTorch has no fused form: with a mask, with `recurrent_dropout`, and for a GRU
// without `reset_after`.
struct LSTMOptions {
  NameOr<activations::Activation> activation = "tanh";
  NameOr<activations::Activation> recurrent_activation = "sigmoid";
  bool use_bias = true;
  NameOr<Initializer> kernel_initializer = "glorot_uniform";
  NameOr<Initializer> recurrent_initializer = "orthogonal";
  NameOr<Initializer> bias_initializer = "zeros";
  bool unit_forget_bias = true;
  NameOr<Regularizer> kernel_regularizer = none;
  NameOr<Regularizer> recurrent_regularizer = none;
  NameOr<Regularizer> bias_regularizer = none;
  NameOr<Regularizer> activity_regularizer = none;
  NameOr<Constraint> kernel_constraint = none;
  NameOr<Constraint> recurrent_constraint = none;
  NameOr<Constraint> bias_constraint = none;
  double dropout = 0.0;
  double recurrent_dropout = 0.0;
  std::optional<int64_t> seed = {};
  bool return_sequences = false;
  bool return_state = false;
  bool go_backwards = false;
  bool stateful = false;
  bool unroll = false;
  std::variant<bool, std::string> use_cudnn = "auto";
  bool zero_output_for_mask = false;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// An RNN of an LSTMCell. States: h, c.
class LSTM : public RNN {
 public:
  explicit LSTM(int64_t units, LSTMOptions options = {});
};

struct GRUOptions {
  NameOr<activations::Activation> activation = "tanh";
  NameOr<activations::Activation> recurrent_activation = "sigmoid";
  bool use_bias = true;
  NameOr<Initializer> kernel_initializer = "glorot_uniform";
  NameOr<Initializer> recurrent_initializer = "orthogonal";
  NameOr<Initializer> bias_initializer = "zeros";
  NameOr<Regularizer> kernel_regularizer = none;
  NameOr<Regularizer> recurrent_regularizer = none;
  NameOr<Regularizer> bias_regularizer = none;
  NameOr<Regularizer> activity_regularizer = none;
  NameOr<Constraint> kernel_constraint = none;
  NameOr<Constraint> recurrent_constraint = none;
  NameOr<Constraint> bias_constraint = none;
  double dropout = 0.0;
  double recurrent_dropout = 0.0;
  std::optional<int64_t> seed = {};
  bool return_sequences = false;
  bool return_state = false;
  bool go_backwards = false;
  bool stateful = false;
  bool unroll = false;
  bool reset_after = true;
  std::variant<bool, std::string> use_cudnn = "auto";
  bool zero_output_for_mask = false;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// An RNN of a GRUCell. State: h.
class GRU : public RNN {
 public:
  explicit GRU(int64_t units, GRUOptions options = {});
};

}  // namespace keraslike::layers

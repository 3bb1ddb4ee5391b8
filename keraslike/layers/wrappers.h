#pragma once

#include <optional>
#include <string>
#include <vector>

#include "keraslike/data/array.h"
#include "keraslike/layers/layer.h"
#include "keraslike/regularizers/regularizer.h"

// Layers around layers.
namespace keraslike::layers {

// `weights` are the first weights of both directions, forward ones first. (Keras 3.15 takes them and forgets them.)
struct BidirectionalOptions {
  std::optional<std::string> merge_mode = "concat";
  std::optional<std::vector<Array>> weights = {};
  std::optional<Layer> backward_layer = {};
  NameOr<Regularizer> activity_regularizer = none;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Runs a recurrent layer over the steps in both directions and joins the outputs, step by step in the input's order:
// "concat" along the last axis, "sum", "mul", "ave", or none for both as two outputs. The directions are new layers made
// from the config of `layer`, the backward one with `go_backwards`, unless `backward_layer` is given. With
// `return_sequences` a masked step gives 0. States, of which the call's `initial_state` has all and `return_state` gives
// all, are those of the forward layer, then those of the backward one.
class Bidirectional : public Layer {
 public:
  explicit Bidirectional(Layer layer, BidirectionalOptions options = {});

  void reset_states() const;
  void reset_state() const { reset_states(); }
};

struct TimeDistributedOptions {
  NameOr<Regularizer> activity_regularizer = none;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Applies a layer to each step: (batch, steps, ...) -> (batch, steps, ...).
class TimeDistributed : public Layer {
 public:
  explicit TimeDistributed(Layer layer, TimeDistributedOptions options = {});
};

}  // namespace keraslike::layers

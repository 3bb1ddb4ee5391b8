#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/activations/activation.h"
#include "keraslike/constraints/constraint.h"
#include "keraslike/data/array.h"
#include "keraslike/initializers/initializer.h"
#include "keraslike/layers/layer.h"
#include "keraslike/regularizers/regularizer.h"

namespace keraslike::layers {

// With `lora_rank` the kernel stays what it is, and (lora_alpha / lora_rank) * lora_kernel_a . lora_kernel_b, which
// trains, is added to it; files hold the sum. As in Keras, Dense and Embedding take `lora_alpha` to be the rank.
struct DenseOptions {
  NameOr<activations::Activation> activation = none;
  bool use_bias = true;
  NameOr<Initializer> kernel_initializer = "glorot_uniform";
  NameOr<Initializer> bias_initializer = "zeros";
  NameOr<Regularizer> kernel_regularizer = none;
  NameOr<Regularizer> bias_regularizer = none;
  NameOr<Regularizer> activity_regularizer = none;
  NameOr<Constraint> kernel_constraint = none;
  NameOr<Constraint> bias_constraint = none;
  std::optional<int64_t> lora_rank = {};
  std::optional<int64_t> lora_alpha = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// activation(input . kernel + bias) over the last axis of an input of any rank from 2: (batch, ..., features) ->
// (batch, ..., units). Weights: kernel (features, units), bias (units,). Computes through torch::nn::Linear, which
// stores the kernel transposed.
class Dense : public Layer {
 public:
  explicit Dense(int64_t units, DenseOptions options = {});
  Dense(int64_t units, NameOr<activations::Activation> activation);
};

struct EinsumDenseOptions {
  NameOr<activations::Activation> activation = none;
  std::optional<std::string> bias_axes = {};
  NameOr<Initializer> kernel_initializer = "glorot_uniform";
  NameOr<Initializer> bias_initializer = "zeros";
  NameOr<Regularizer> kernel_regularizer = none;
  NameOr<Regularizer> bias_regularizer = none;
  NameOr<Constraint> kernel_constraint = none;
  NameOr<Constraint> bias_constraint = none;
  std::optional<int64_t> lora_rank = {};  // see DenseOptions
  std::optional<int64_t> lora_alpha = {};
  NameOr<Regularizer> activity_regularizer = none;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// activation(einsum(equation, input, kernel) + bias) for an equation "[X],[Y]->[Z]", "...[X],[Y]->...[Z]" or
// "[X]...,[Y]->[Z]...", as "abc,cd->abd". `output_shape` is Z's without the batch axis; `none` where the input says it.
// Weights: kernel with Y's sizes, and where `bias_axes` names letters of Z a bias along these.
class EinsumDense : public Layer {
 public:
  EinsumDense(std::string equation, Shape output_shape, EinsumDenseOptions options = {});
  EinsumDense(std::string equation, int64_t output_shape, EinsumDenseOptions options = {});
};

// `weights` are the first embeddings, in place of the initializer's: an array (input_dim, output_dim).
struct EmbeddingOptions {
  NameOr<Initializer> embeddings_initializer = "uniform";
  NameOr<Regularizer> embeddings_regularizer = none;
  NameOr<Constraint> embeddings_constraint = none;
  bool mask_zero = false;  // 0 stands for no word: layers behind this one leave out its step
  std::optional<Array> weights = {};
  std::optional<int64_t> lora_rank = {};  // see DenseOptions
  std::optional<int64_t> lora_alpha = {};
  NameOr<Regularizer> activity_regularizer = none;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// A learned vector in place of each integer in [0, input_dim): (batch, ...) -> (batch, ..., output_dim). Weight:
// embeddings (input_dim, output_dim), held by a torch::nn::Embedding. Fractions are cut off.
class Embedding : public Layer {
 public:
  Embedding(int64_t input_dim, int64_t output_dim, EmbeddingOptions options = {});
};

struct ReversibleEmbeddingOptions {
  bool tie_weights = true;
  NameOr<Initializer> embeddings_initializer = "uniform";
  NameOr<Regularizer> embeddings_regularizer = none;
  NameOr<Constraint> embeddings_constraint = none;
  bool mask_zero = false;
  std::optional<std::string> reverse_dtype = {};  // of the way back
  std::optional<double> logit_soft_cap = {};      // keeps logits within (-cap, cap): cap * tanh(logits / cap)
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// An Embedding that also goes back from vectors to a logit per word: `embedding(hidden, {.reverse = true})`, (batch,
// ..., output_dim) -> (batch, ..., input_dim). Weights: embeddings (input_dim, output_dim), and without `tie_weights`
// reverse_embeddings (output_dim, input_dim).
class ReversibleEmbedding : public Layer {
 public:
  ReversibleEmbedding(int64_t input_dim, int64_t output_dim, ReversibleEmbeddingOptions options = {});
};

struct MaskingOptions {
  double mask_value = 0.0;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Masks the steps in which all values are `mask_value`, and sets them to 0: layers behind this one that know masks
// leave these steps out. (batch, steps, features) -> the same.
class Masking : public Layer {
 public:
  explicit Masking(MaskingOptions options = {});
  explicit Masking(double mask_value);
};

struct IdentityOptions {
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Gives back its input.
class Identity : public Layer {
 public:
  explicit Identity(IdentityOptions options = {});
};

}  // namespace keraslike::layers

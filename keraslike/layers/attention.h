#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keraslike/constraints/constraint.h"
#include "keraslike/initializers/initializer.h"
#include "keraslike/layers/layer.h"
#include "keraslike/regularizers/regularizer.h"

namespace keraslike::layers {

// `score_mode` is "dot", query . key, or "concat", sum(tanh(query + key)) times a weight; with `use_scale` a weight
// multiplies what is summed. `dropout` drops shares of the attention.
struct AttentionOptions {
  bool use_scale = false;
  std::string score_mode = "dot";
  double dropout = 0.0;
  std::optional<int64_t> seed = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Luong's attention, called on a list: `Attention()({query, value})` or `({query, value, key})`, with query (batch, Tq,
// dim), value and key (batch, Tv, dim) -> softmax(scores) . value of shape (batch, Tq, dim); with
// `.return_attention_scores` also the shares (batch, Tq, Tv). Masks are those of query and value; `.use_causal_mask`
// keeps each step from seeing later ones. Weights: scale () and, for "concat", concat_score_weight (), where they are
// used.
class Attention : public Layer {
 public:
  explicit Attention(AttentionOptions options = {});
};

struct AdditiveAttentionOptions {
  bool use_scale = true;
  double dropout = 0.0;
  std::optional<int64_t> seed = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Bahdanau's attention: scores are sum(scale * tanh(query + key)); all else is as for Attention. Weight: scale (dim,).
class AdditiveAttention : public Layer {
 public:
  explicit AdditiveAttention(AdditiveAttentionOptions options = {});
};

// `output_shape` is the output's last axes, by default the query's last; `attention_axes` those that are attended over,
// by default all but the first and the last; `sliding_window` lets a step see those less than so many away. `use_gate`
// multiplies with sigmoids of the query. `flash_attention` asks for LibTorch's fused way, which is taken where it can
// be; with it there are neither dropout nor scores, as in Keras.
struct MultiHeadAttentionOptions {
  std::optional<int64_t> value_dim = {};
  double dropout = 0.0;
  bool use_bias = true;
  std::optional<Shape> output_shape = {};
  std::optional<std::vector<int64_t>> attention_axes = {};
  std::optional<int64_t> sliding_window = {};
  std::optional<bool> flash_attention = {};
  NameOr<Initializer> kernel_initializer = "glorot_uniform";
  NameOr<Initializer> bias_initializer = "zeros";
  NameOr<Regularizer> kernel_regularizer = none;
  NameOr<Regularizer> bias_regularizer = none;
  NameOr<Regularizer> activity_regularizer = none;
  NameOr<Constraint> kernel_constraint = none;
  NameOr<Constraint> bias_constraint = none;
  bool use_gate = false;
  std::optional<int64_t> seed = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Several attentions side by side (Vaswani et al., "Attention Is All You Need", 2017): query, key and value are
// projected to `num_heads` heads of `key_dim` and `value_dim`, softmax(query . key / sqrt(key_dim)) . value is taken in
// each, and all are projected to the output. `MultiHeadAttention(2, 16)(query, value, {.use_causal_mask = true})`:
// query (batch, T, dim), value and key (batch, S, ...) -> (batch, T, dim), and with `.return_attention_scores` also
// (batch, heads, T, S). Weights: kernel and bias of query, key, gate, value and output, each an EinsumDense.
class MultiHeadAttention : public Layer {
 public:
  MultiHeadAttention(int64_t num_heads, int64_t key_dim, MultiHeadAttentionOptions options = {});

  using Layer::operator();
  KerasTensors operator()(const KerasTensors& query, const KerasTensors& value, CallArguments arguments = {}) const;
};

// As for MultiHeadAttention.
struct GroupQueryAttentionOptions {
  double dropout = 0.0;
  bool use_bias = true;
  std::optional<int64_t> sliding_window = {};
  std::optional<bool> flash_attention = {};
  NameOr<Initializer> kernel_initializer = "glorot_uniform";
  NameOr<Initializer> bias_initializer = "zeros";
  NameOr<Regularizer> kernel_regularizer = none;
  NameOr<Regularizer> bias_regularizer = none;
  NameOr<Regularizer> activity_regularizer = none;
  NameOr<Constraint> kernel_constraint = none;
  NameOr<Constraint> bias_constraint = none;
  bool use_gate = false;
  std::optional<int64_t> seed = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Multi-head attention whose query heads share key and value heads in groups (Ainslie et al., arXiv:2305.13245): query,
// key and value are all (batch, steps, dim), and so is the output.
class GroupQueryAttention : public Layer {
 public:
  GroupQueryAttention(int64_t head_dim, int64_t num_query_heads, int64_t num_key_value_heads,
                      GroupQueryAttentionOptions options = {});

  using Layer::operator();
  KerasTensors operator()(const KerasTensors& query, const KerasTensors& value, CallArguments arguments = {}) const;
};

}  // namespace keraslike::layers

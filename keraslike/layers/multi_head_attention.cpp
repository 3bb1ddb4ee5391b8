#include <numeric>

#include "keraslike/layers/families.h"
#include "keraslike/layers/heads.h"
#include "keraslike/layers/node.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

void check_positive(const char* argument, int64_t value, const char* expected) {
  if (value > 0) return;
  throw ValueError("Received an invalid value for argument `{0}`, expected {1}. Received: {0}={2}", argument, expected,
                   value);
}

class MultiHeadAttentionImpl final : public HeadsImpl {
 public:
  MultiHeadAttentionImpl() = default;
  MultiHeadAttentionImpl(int64_t num_heads, int64_t key_dim, MultiHeadAttentionOptions options)
      : HeadsImpl(std::move(options)), num_heads_(num_heads), key_dim_(key_dim) {
    settle_sizes();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("num_heads", num_heads_);
    field("key_dim", key_dim_);
    field("value_dim", options_.value_dim);
    field("dropout", options_.dropout);
    field("use_bias", options_.use_bias);
    field("use_gate", options_.use_gate);
    field("output_shape", options_.output_shape);
    field("attention_axes", options_.attention_axes);
    field("sliding_window", options_.sliding_window);
    weight_fields(field);
    if (field.is_reading()) settle_sizes();
  }

  // Keras keeps, and writes, the axes that it attends over.
  void build_call(const Call<TensorSpec>& call) override {
    HeadsImpl::build_call(call);
    options_.attention_axes = attended_axes(call.tensor("value")->shape.rank());
  }

  std::vector<std::pair<std::string, Layer>> saved_parts() const override {
    std::vector<std::pair<std::string, Layer>> parts;
    if (!query_dense_) return parts;
    parts = {{"query_dense", *query_dense_},
             {"key_dense", *key_dense_},
             {"value_dense", *value_dense_},
             {"output_dense", *output_dense_}};
    if (gate_dense_) parts.emplace_back("_gate_dense", *gate_dense_);
    return parts;
  }

 protected:
  Heads heads() const override { return {num_heads_, num_heads_, key_dim_, *options_.value_dim}; }

  Shape output_axes(const Shape& query) const override {
    return options_.output_shape && !options_.output_shape->empty() ? *options_.output_shape : Shape{query.dim(-1)};
  }

  std::vector<int64_t> attended_axes(int64_t rank) const override {
    std::vector<int64_t> axes(static_cast<size_t>(rank - 2));
    std::iota(axes.begin(), axes.end(), 1);
    if (!options_.attention_axes) return axes;
    axes = *options_.attention_axes;
    for (int64_t& axis : axes) {
      if (axis < 0) axis += rank;
      if (axis > 0 && axis < rank - 1) continue;
      throw ValueError("MultiHeadAttention expects `attention_axes` to be among the axes between the first and the "
                       "last. Layer '{}' received: axis {} for an input of rank {}.", name(), axis, rank);
    }
    return axes;
  }

 private:
  void settle_sizes() {
    check_positive("num_heads", num_heads_, "a positive integer");
    check_positive("key_dim", key_dim_, "a positive integer");
    if (!options_.value_dim) options_.value_dim = key_dim_;
    check_positive("value_dim", *options_.value_dim, "a positive integer or `None`");
    settle();
  }

  int64_t num_heads_ = 1;
  int64_t key_dim_ = 1;
};

class GroupQueryAttentionImpl final : public HeadsImpl {
 public:
  GroupQueryAttentionImpl() = default;
  GroupQueryAttentionImpl(int64_t head_dim, int64_t num_query_heads, int64_t num_key_value_heads,
                          MultiHeadAttentionOptions options)
      : HeadsImpl(std::move(options)),
        head_dim_(head_dim),
        num_query_heads_(num_query_heads),
        num_key_value_heads_(num_key_value_heads) {
    settle_sizes();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("head_dim", head_dim_);
    field("num_query_heads", num_query_heads_);
    field("num_key_value_heads", num_key_value_heads_);
    field("use_bias", options_.use_bias);
    field("use_gate", options_.use_gate);
    field("sliding_window", options_.sliding_window);
    field("dropout", options_.dropout);
    weight_fields(field);
    if (field.is_reading()) settle_sizes();
  }

  std::string own_class_name() const override { return "GroupedQueryAttention"; }

  void check_call(const Call<TensorSpec>& call) const override {
    HeadsImpl::check_call(call);
    const Shape query = call.tensor("query")->shape;
    const Shape value = call.tensor("value")->shape;
    if (query.rank() != 3 || value.rank() != 3) {
      throw ValueError("GroupQueryAttention expects inputs of shape (batch, steps, features). Layer '{}' received: "
                       "query_shape={}, value_shape={}", name(), query, value);
    }
    if (query.dim(-1) == value.dim(-1)) return;
    throw ValueError("The last dimension of `query_shape` and `value_shape` must be equal, but are {}, {}. Received: "
                     "query_shape={}, value_shape={}", query.dim(-1), value.dim(-1), query, value);
  }

  std::vector<std::pair<std::string, Layer>> saved_parts() const override {
    std::vector<std::pair<std::string, Layer>> parts;
    if (!query_dense_) return parts;
    parts = {{"_query_dense", *query_dense_},
             {"_key_dense", *key_dense_},
             {"_value_dense", *value_dense_},
             {"_output_dense", *output_dense_}};
    if (gate_dense_) parts.emplace_back("_gate_dense", *gate_dense_);
    return parts;
  }

 protected:
  Heads heads() const override { return {num_query_heads_, num_key_value_heads_, head_dim_, head_dim_}; }
  std::vector<int64_t> attended_axes(int64_t) const override { return {1}; }
  at::Tensor query_mask(const Call<Value>& call) const override {
    const auto given = call.tensor("query_mask");
    return given ? given->tensor : HeadsImpl::query_mask(call);
  }

 private:
  void settle_sizes() {
    check_positive("head_dim", head_dim_, "a positive integer");
    check_positive("num_query_heads", num_query_heads_, "a positive integer");
    check_positive("num_key_value_heads", num_key_value_heads_, "a positive integer");
    if (num_query_heads_ % num_key_value_heads_ != 0) {
      throw ValueError("`num_query_heads` must be divisible by `num_key_value_heads`. Received: num_query_heads={}, "
                       "num_key_value_heads={}", num_query_heads_, num_key_value_heads_);
    }
    settle();
  }

  int64_t head_dim_ = 1;
  int64_t num_query_heads_ = 1;
  int64_t num_key_value_heads_ = 1;
};

// All but what only MultiHeadAttention has.
MultiHeadAttentionOptions widened(GroupQueryAttentionOptions options) {
  return {.dropout = options.dropout,
          .use_bias = options.use_bias,
          .sliding_window = options.sliding_window,
          .flash_attention = options.flash_attention,
          .kernel_initializer = std::move(options.kernel_initializer),
          .bias_initializer = std::move(options.bias_initializer),
          .kernel_regularizer = std::move(options.kernel_regularizer),
          .bias_regularizer = std::move(options.bias_regularizer),
          .activity_regularizer = std::move(options.activity_regularizer),
          .kernel_constraint = std::move(options.kernel_constraint),
          .bias_constraint = std::move(options.bias_constraint),
          .use_gate = options.use_gate,
          .seed = options.seed,
          .trainable = options.trainable,
          .dtype = options.dtype,
          .name = std::move(options.name)};
}

}  // namespace

MultiHeadAttention::MultiHeadAttention(int64_t num_heads, int64_t key_dim, MultiHeadAttentionOptions options)
    : Layer(std::make_shared<MultiHeadAttentionImpl>(num_heads, key_dim, std::move(options))) {}

KerasTensors MultiHeadAttention::operator()(const KerasTensors& query, const KerasTensors& value,
                                            CallArguments arguments) const {
  return call_symbolically(*this, {query, value}, arguments);
}

GroupQueryAttention::GroupQueryAttention(int64_t head_dim, int64_t num_query_heads, int64_t num_key_value_heads,
                                         GroupQueryAttentionOptions options)
    : Layer(std::make_shared<GroupQueryAttentionImpl>(head_dim, num_query_heads, num_key_value_heads,
                                                      widened(std::move(options)))) {}

KerasTensors GroupQueryAttention::operator()(const KerasTensors& query, const KerasTensors& value,
                                             CallArguments arguments) const {
  return call_symbolically(*this, {query, value}, arguments);
}

void register_multi_head_attention(Registry<LayerImpl>& layers) {
  layers.add<MultiHeadAttentionImpl>("MultiHeadAttention");
  layers.add<GroupQueryAttentionImpl>("GroupQueryAttention", {"GroupedQueryAttention"});
}

}  // namespace keraslike::layers

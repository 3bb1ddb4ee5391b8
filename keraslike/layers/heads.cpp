#include "keraslike/layers/heads.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/einsum.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/repeat_interleave.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/zeros.h>
#include <torch/version.h>
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 1)
#include <ATen/ops/scaled_dot_product_attention.h>
#endif

#include "keraslike/saving/config.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

std::string letters(int64_t first, int64_t count) {
  std::string text;
  for (int64_t i = first; i < first + count; ++i) text += static_cast<char>('a' + i);
  return text;
}

bool contains(const std::vector<int64_t>& axes, int64_t axis) {
  return std::find(axes.begin(), axes.end(), axis) != axes.end();
}

// One that draws other values, as Keras makes for each projection; the same where a seed was given.
NameOr<Initializer> another(const Initializer& initializer) {
  initializers::InitializerImpl& original = *initializer;
  const std::string config = saving::write_config([&](Fields& field) { original.fields(field); });
  if (config.find(R"("seed":null)") == std::string::npos) return initializer;
  const std::string class_name = registry<initializers::InitializerImpl>().class_name(typeid(original));
  const auto copy = registry<initializers::InitializerImpl>().make(class_name);
  saving::read_config(config, class_name, [&](Fields& field) { copy->fields(field); });
  return Initializer(copy);
}

bool wants_scores(const std::optional<bool>& flag) { return flag.value_or(false); }

// Row t sees columns 0 to t.
at::Tensor causal_mask(const at::Tensor& query, const at::Tensor& value) {
  return at::ones({1, query.size(1), value.size(1)}, query.options().dtype(at::kBool)).tril();
}

at::Tensor joined(const at::Tensor& a, const at::Tensor& b) { return a.defined() ? a.logical_and(b) : b; }

// Of tensors (batch, heads, steps, channels). LibTorch 2.1 has one function for it, but with a bias the gradients of
// its CPU kernel are wrong for steps from which all is hidden.
at::Tensor fused(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, const at::Tensor& bias,
                 bool is_causal, double scale) {
  const bool hides_later = is_causal && !bias.defined();
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 1)
  if (!bias.defined()) {
    return at::scaled_dot_product_attention(query, key, value, {}, /*dropout_p=*/0.0, hides_later, scale);
  }
#endif
  at::Tensor scores = (query * scale).matmul(key.transpose(-2, -1));
  if (bias.defined()) scores = scores + bias;
  if (hides_later) {
    const at::Tensor seen = at::ones({query.size(2), key.size(2)}, query.options().dtype(at::kBool)).tril();
    scores = scores.masked_fill(seen.logical_not(), -INFINITY);
  }
  return at::softmax(scores, -1).matmul(value);
}

// What is added to scores: a very low number where the mask is false.
at::Tensor bias_of(const at::Tensor& mask, at::ScalarType type) {
  if (!mask.defined()) return {};
  const double least = -0.7 * (type == at::kHalf ? 65500.0 : 3.38953e38);
  return at::zeros(mask.sizes(), mask.options().dtype(type)).masked_fill(mask.logical_not(), least);
}

// Layers of different policies, which a DTypePolicyMap may give, give different types.
void promote(std::array<at::Tensor, 3>& tensors) {
  at::ScalarType type = tensors[0].scalar_type();
  for (const at::Tensor& tensor : tensors) type = c10::promoteTypes(type, tensor.scalar_type());
  for (at::Tensor& tensor : tensors) tensor = tensor.to(type);
}

// A mask of an argument, or the one that its tensor brings.
at::Tensor mask_of(const Call<Value>& call, const std::string& name) {
  if (const auto given = call.tensor(name + "_mask")) return given->tensor;
  const auto tensor = call.tensor(name);
  return tensor ? tensor->mask : at::Tensor();
}

}  // namespace

AttentionEquations::AttentionEquations(int64_t rank, const std::vector<int64_t>& attended_axes) {
  const std::string target = letters(0, rank);
  std::string source;
  std::string batch;
  std::string query_axes;
  std::string key_axes;
  int64_t next = rank;
  for (int64_t axis = 0; axis < rank; ++axis) {
    const bool is_attended = contains(attended_axes, axis);
    source += is_attended ? letters(next++, 1) : target.substr(static_cast<size_t>(axis), 1);
    if (!is_attended && axis < rank - 1) batch += target[static_cast<size_t>(axis)];
  }
  for (const int64_t axis : attended_axes) {
    query_axes += target.at(static_cast<size_t>(axis));
    key_axes += source.at(static_cast<size_t>(axis));
  }
  const std::string product = batch + query_axes + key_axes;
  scores = source + "," + target + "->" + product;
  combine = product + "," + source + "->" + target;
}

std::vector<std::string> HeadsImpl::parameters() const {
  return {"query",    "value",          "key",
          "query_mask", "value_mask",   "key_mask",
          "attention_mask", "return_attention_scores", "training",
          "use_causal_mask"};
}

void HeadsImpl::check_call(const Call<TensorSpec>& call) const {
  const auto value = call.tensor("value");
  if (!call.tensor("query") || !value) {
    throw ValueError("{} expects a query and a value: `layer(query, value)`. Layer '{}' received: {} tensor(s).",
                     class_name(), name(), call.tensors().size());
  }
  const Shape query_shape = call.tensor("query")->shape;
  const Shape key_shape = call.tensor("key").value_or(*value).shape;
  const Shape& value_shape = value->shape;
  if (query_shape.rank() < 3 || value_shape.rank() < 3) {
    throw ValueError("{} expects at least 3 axes: (batch, steps, features). Layer '{}' received: query_shape={}, "
                     "value_shape={}", class_name(), name(), query_shape, value_shape);
  }
  const bool same_rank = value_shape.rank() == key_shape.rank();
  if (!same_rank || !Shape(value_shape.begin() + 1, value_shape.end() - 1)
                         .matches(Shape(key_shape.begin() + 1, key_shape.end() - 1))) {
    throw ValueError("All dimensions of `value` and `key`, except the last one, must be equal. Received: "
                     "value_shape={} and key_shape={}", value_shape, key_shape);
  }
  if (options_.flash_attention.value_or(false) && wants_scores(call.constant<bool>("return_attention_scores"))) {
    throw ValueError("Returning attention scores is not supported when flash attention is enabled. Please disable "
                     "flash attention to access attention scores.");
  }
}

EinsumDense HeadsImpl::dense(const std::string& name, const Shape& input, int64_t bound, const Shape& outputs,
                             const char* activation) {
  const int64_t free = input.rank() - bound;
  const std::string bias_axes = letters(free + bound, outputs.rank());
  const std::string kept = letters(0, free);
  const std::string summed = letters(free, bound);
  Shape output_shape(std::vector<int64_t>(static_cast<size_t>(free - 1), -1));
  output_shape.insert(output_shape.end(), outputs.begin(), outputs.end());
  const EinsumDense layer(kept + summed + "," + summed + bias_axes + "->" + kept + bias_axes, output_shape,
                          {.activation = activation,
                           .bias_axes = options_.use_bias ? std::optional(bias_axes) : std::nullopt,
                           .kernel_initializer = another(*options_.kernel_initializer),
                           .bias_initializer = another(*options_.bias_initializer),
                           .kernel_regularizer = options_.kernel_regularizer,
                           .bias_regularizer = options_.bias_regularizer,
                           .kernel_constraint = options_.kernel_constraint,
                           .bias_constraint = options_.bias_constraint,
                           .activity_regularizer = options_.activity_regularizer,
                           .dtype = dtype_policy(),
                           .name = name});
  layer.build(input);
  register_module(name, layer.impl());
  return layer;
}

// In Keras' order, on which the values that initializers draw depend.
void HeadsImpl::build_call(const Call<TensorSpec>& call) {
  const Shape query = call.tensor("query")->shape;
  const Shape value = call.tensor("value")->shape;
  const Shape key = call.tensor("key").value_or(*call.tensor("value")).shape;
  const Heads sizes = heads();
  query_dense_ = dense("query", query, 1, {sizes.count, sizes.key_dim});
  key_dense_ = dense("key", key, 1, {sizes.key_value_count, sizes.key_dim});
  if (options_.use_gate) gate_dense_ = dense("gate", query, 1, {sizes.count, sizes.value_dim}, "sigmoid");
  value_dense_ = dense("value", value, 1, {sizes.key_value_count, sizes.value_dim});
  axes_ = attended_axes(value.rank());
  equations_ = AttentionEquations(value.rank() + 1, axes_);
  std::vector<int64_t> last;
  for (size_t i = axes_.size(); i > 0; --i) last.push_back(-static_cast<int64_t>(i));
  softmax_ = Softmax({.axis = last, .dtype = dtype_policy()});
  dropout_ = Dropout(options_.dropout, {.seed = options_.seed, .dtype = dtype_policy()});
  Shape combined = query_dense_->compute_output_shape(query);
  combined.back() = sizes.value_dim;
  output_dense_ = dense("attention_output", combined, 2, output_axes(query));
}

std::vector<Layer> HeadsImpl::sublayers() const {
  std::vector<Layer> layers;
  for (const auto& layer : {query_dense_, key_dense_, gate_dense_, value_dense_, output_dense_}) {
    if (layer) layers.push_back(*layer);
  }
  return layers;
}

std::vector<TensorSpec> HeadsImpl::output_specs(const Call<TensorSpec>& call) const {
  const Shape query = call.tensor("query")->shape;
  const Shape value = call.tensor("value")->shape;
  Shape output = query;
  const Shape last = output_axes(query);
  output.pop_back();
  output.insert(output.end(), last.begin(), last.end());
  if (!wants_scores(call.constant<bool>("return_attention_scores"))) return {{output}};
  const auto axes = attended_axes(value.rank());
  Shape scores;
  for (int64_t axis = 0; axis < query.rank() - 1; ++axis) {
    if (!contains(axes, axis)) scores.push_back(query.dim(axis));
  }
  scores.push_back(heads().count);
  for (const int64_t axis : axes) scores.push_back(query.dim(axis));
  for (const int64_t axis : axes) scores.push_back(value.dim(axis));
  return {{output}, {scores}};
}

Values HeadsImpl::call_all(const Call<Value>& call, const CallOptions& options) {
  const at::Tensor query = call.tensor("query")->tensor;
  const at::Tensor value = call.tensor("value")->tensor;
  const at::Tensor key = call.tensor("key").value_or(*call.tensor("value")).tensor;
  const bool is_causal = call.constant<bool>("use_causal_mask").value_or(false);
  const bool with_scores = wants_scores(call.constant<bool>("return_attention_scores"));
  const at::Tensor mask = combined_mask(call, is_causal);
  const int64_t repeats = heads().count / heads().key_value_count;
  const auto repeated = [&](const at::Tensor& x) { return repeats == 1 ? x : at::repeat_interleave(x, repeats, -2); };
  std::array<at::Tensor, 3> projected{(*query_dense_)->run(query, options),
                                      repeated((*key_dense_)->run(key, options)),
                                      repeated((*value_dense_)->run(value, options))};
  promote(projected);
  const Attended attended =
      attend(projected[0], projected[1], projected[2], mask, is_causal, options, with_scores);
  const at::Tensor output =
      gate_dense_ ? attended.output * (*gate_dense_)->run(query, options) : attended.output;
  Values values{{(*output_dense_)->run(output, options)}};
  if (with_scores) values.push_back({attended.scores});
  return values;
}

// Undefined where nothing is hidden but by causality, which has a faster way.
at::Tensor HeadsImpl::combined_mask(const Call<Value>& call, bool is_causal) const {
  const at::Tensor query = call.tensor("query")->tensor;
  const at::Tensor value = call.tensor("value")->tensor;
  at::Tensor mask;
  if (const at::Tensor queries = query_mask(call); queries.defined()) mask = queries.to(at::kBool).unsqueeze(-1);
  for (const char* name : {"value", "key"}) {
    if (const at::Tensor steps = mask_of(call, name); steps.defined()) {
      mask = joined(mask, steps.to(at::kBool).unsqueeze(-2));
    }
  }
  if (options_.sliding_window) {
    const auto places = [&](const at::Tensor& x) { return at::arange(x.size(1), x.options().dtype(at::kLong)); };
    const at::Tensor distance = (places(query).unsqueeze(-1) - places(value)).abs().unsqueeze(0);
    mask = joined(mask, distance.lt(*options_.sliding_window));
  }
  const auto given = call.tensor("attention_mask");
  if (is_causal && (mask.defined() || given)) mask = joined(mask, causal_mask(query, value));
  return given ? joined(mask, given->tensor.to(at::kBool)) : mask;
}

at::Tensor HeadsImpl::hiding_bias(const Call<Value>& call, bool is_causal) const {
  at::Tensor mask = combined_mask(call, is_causal);
  if (is_causal && !mask.defined()) mask = causal_mask(call.tensor("query")->tensor, call.tensor("value")->tensor);
  while (mask.defined() && mask.dim() < 4) mask = mask.unsqueeze(-3);
  return bias_of(mask, at::kFloat);
}

HeadsImpl::Attended HeadsImpl::attend(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                                      const at::Tensor& mask, bool is_causal, const CallOptions& options,
                                      bool with_scores) const {
  at::Tensor expanded = mask;
  const int64_t rank = query.dim() + static_cast<int64_t>(axes_.size()) - 1;
  while (expanded.defined() && expanded.dim() < rank) {
    expanded = expanded.unsqueeze(-2 * static_cast<int64_t>(axes_.size()) - 1);
  }
  if (options_.dropout == 0.0 && !with_scores && query.dim() == 4) {
    return {attend_at_once(query, key, value, expanded, is_causal)};
  }
  if (is_causal && !expanded.defined()) {
    expanded = causal_mask(query, value);
    while (expanded.dim() < rank) expanded = expanded.unsqueeze(-2 * static_cast<int64_t>(axes_.size()) - 1);
  }
  const double scale = 1.0 / std::sqrt(static_cast<double>(heads().key_dim));
  const at::Tensor scores = at::einsum(equations_.scores, {key, query * scale});
  const at::Tensor shares = (*softmax_)(scores, {.mask = expanded.defined() ? &expanded : nullptr});
  const at::Tensor kept = options_.dropout > 0.0 ? (*dropout_)(shares, {.training = options.training}) : shares;
  return {at::einsum(equations_.combine, {kept, value}), shares};
}

// Of tensors (batch, steps, heads, channels). Where all is hidden the shares are even here, and 0 in the other way.
at::Tensor HeadsImpl::attend_at_once(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                                     const at::Tensor& mask, bool is_causal) const {
  const double scale = 1.0 / std::sqrt(static_cast<double>(heads().key_dim));
  return fused(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), bias_of(mask, query.scalar_type()),
               is_causal, scale)
      .transpose(1, 2);
}

void HeadsImpl::weight_fields(Fields& field) {
  field("kernel_initializer", options_.kernel_initializer);
  field("bias_initializer", options_.bias_initializer);
  field("kernel_regularizer", options_.kernel_regularizer);
  field("bias_regularizer", options_.bias_regularizer);
  field("activity_regularizer", options_.activity_regularizer);
  field("kernel_constraint", options_.kernel_constraint);
  field("bias_constraint", options_.bias_constraint);
  field("seed", options_.seed);
}

void HeadsImpl::settle() {
  if (options_.sliding_window && *options_.sliding_window <= 0) {
    throw ValueError("`sliding_window` must be `None` or a positive integer. Received: sliding_window={}",
                     *options_.sliding_window);
  }
  if (options_.flash_attention.value_or(false) && options_.dropout > 0.0) {
    throw ValueError("Dropout is not supported when flash attention is enabled. Please set dropout to 0.0 to use flash "
                     "attention.");
  }
  options_.kernel_initializer.resolve();
  options_.bias_initializer.resolve();
}

}  // namespace keraslike::layers

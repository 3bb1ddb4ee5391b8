#include <algorithm>
#include <functional>
#include <span>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/zeros.h>
#include <torch/nn/modules/embedding.h>

#include "keraslike/layers/core.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/lora.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/large_memory.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::layers {

namespace {

// Rows of a table by their numbers. Of the table's gradient only the rows that the batch before has left are cleared.
class LookupStep final : public PlannedStep {
 public:
  using Check = std::function<void(int64_t least, int64_t greatest)>;

  LookupStep(Check check, const at::Tensor& table, const at::Tensor& table_gradient, const PlanTensor& input,
             const PlanTensor& output)
      : check_(std::move(check)),
        table_(table.detach()),
        gradient_(table_gradient),
        input_(input.value),
        output_(output),
        indices_(at::zeros(input.value.sizes(), at::kLong)) {
    touched_.reserve(static_cast<size_t>(indices_.numel()));
  }

  void forward() override {
    indices_.copy_(input_);
    const auto indices = numbers();
    const auto [least, greatest] = std::minmax_element(indices.begin(), indices.end());
    check_(*least, *greatest);
    float* row = output_.value.data_ptr<float>();
    for (const int64_t index : indices) row = std::copy_n(row_of(table_, index), width(), row);
  }

  void backward() override {
    if (!gradient_.defined()) return;
    clear();
    const auto indices = numbers();
    const float* slope = output_.gradient.data_ptr<float>();
    for (const int64_t index : indices) {
      float* const row = row_of(gradient_, index);
      for (int64_t i = 0; i < width(); ++i) row[i] += slope[i];
      slope += width();
    }
    touched_.assign(indices.begin(), indices.end());
  }

 private:
  int64_t width() const { return table_.size(1); }
  std::span<const int64_t> numbers() const {
    return {indices_.data_ptr<int64_t>(), static_cast<size_t>(indices_.numel())};
  }
  float* row_of(const at::Tensor& table, int64_t index) const { return table.data_ptr<float>() + index * width(); }

  // All of it where somebody else has changed it, a penalty perhaps.
  void clear() {
    if (gradient_._version() != version_) {
      gradient_.zero_();
      version_ = gradient_._version();
      return;
    }
    for (const int64_t index : touched_) std::fill_n(row_of(gradient_, index), width(), 0.0F);
  }

  Check check_;
  at::Tensor table_, gradient_, input_;
  PlanTensor output_;
  at::Tensor indices_;
  std::vector<int64_t> touched_;
  int64_t version_ = -1;  // of the gradient, as it was left here
};

class EmbeddingImpl : public LayerImpl {
 public:
  EmbeddingImpl() = default;
  EmbeddingImpl(int64_t input_dim, int64_t output_dim, EmbeddingOptions options)
      : LayerImpl(layer_arguments(options)),
        input_dim_(input_dim),
        output_dim_(output_dim),
        options_(std::move(options)) {
    settle();
    if (options_.weights) check_weights(options_.weights->shape());
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("input_dim", input_dim_);
    field("output_dim", output_dim_);
    field("embeddings_initializer", options_.embeddings_initializer);
    field("embeddings_regularizer", options_.embeddings_regularizer);
    field("activity_regularizer", activity_regularizer());
    field("embeddings_constraint", options_.embeddings_constraint);
    field("mask_zero", options_.mask_zero);
    quantization_field(field);
    lora_fields(field, options_.lora_rank, options_.lora_alpha);
    if (field.is_reading()) settle();
  }

  void build(const Shape&) override {
    // With a weight that is given LibTorch draws none.
    embedding_ = own<torch::nn::Embedding>("embedding", torch::nn::EmbeddingOptions(input_dim_, output_dim_)
        ._weight(utils::empty_large({input_dim_, output_dim_}, at::kFloat)));
    add_weight("embeddings", {input_dim_, output_dim_}, options_.embeddings_initializer,
               {.regularizer = options_.embeddings_regularizer,
                .constraint = options_.embeddings_constraint,
                .tensor = &embedding_->weight});
    if (options_.weights) {
      const at::NoGradGuard no_grad;
      own_weights().front()->in_keras_shape().copy_(options_.weights->tensor());
      options_.weights.reset();
    }
    if (!options_.lora_rank) return;
    options_.lora_alpha = options_.lora_rank;  // what was given is lost in Keras too
    adapted_ = add_lora("embeddings", *options_.lora_rank, *options_.lora_alpha, options_.embeddings_regularizer);
  }

  bool supports_masking() const override { return options_.mask_zero; }

  std::vector<at::Tensor> output_masks(const Call<Value>& call, const Values&) const override {
    return {call.input().tensor.ne(0)};
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    const at::Tensor indices = input.to(at::kLong);
    if (indices.is_cpu()) check_indices(indices);
    return at::embedding(embeddings(), indices);
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    const PlanTensor& input = inputs.front();
    if (adapted_ || input.value.numel() == 0) return planned_by_autograd(*this, planner);
    std::vector<int64_t> sizes = input.value.sizes().vec();
    sizes.push_back(output_dim_);
    const at::Tensor& table = embedding_->weight;
    const PlanTensor output = planner.output(sizes, {}, {table});
    const auto check = [this](int64_t least, int64_t greatest) { check_range(least, greatest); };
    return PlannedLayer{{output},
                        std::make_unique<LookupStep>(check, table, planner.gradient_of(table), input, output),
                        /*fits_any_call=*/true};
  }

  Shape output_shape(const Shape& input) const override {
    Shape output = input;
    output.push_back(output_dim_);
    return output;
  }

 protected:
  at::Tensor embeddings() const { return adapted_ ? adapted_->effective() : embedding_->weight; }

  int64_t input_dim_ = 1;
  int64_t output_dim_ = 1;
  EmbeddingOptions options_;

 private:
  // Checks the arguments and makes objects of names; for the constructor's arguments and a config's alike.
  void settle() {
    if (input_dim_ <= 0) {
      throw ValueError("`input_dim` must be a positive integer. Received: input_dim={}", input_dim_);
    }
    if (output_dim_ <= 0) {
      throw ValueError("`output_dim` must be a positive integer. Received: output_dim={}", output_dim_);
    }
    options_.embeddings_initializer.resolve();
    settle_lora(options_.lora_rank, options_.lora_alpha, !options_.embeddings_constraint.is_none(), "embedding",
                "embeddings_constraint");
  }

  void check_weights(const Shape& shape) const {
    const Shape expected{input_dim_, output_dim_};
    if (shape == expected) return;
    throw ValueError("Embedding expects `weights` of shape {}. Received: weights of shape {}", expected, shape);
  }

  void check_indices(const at::Tensor& indices) const {
    if (indices.numel() == 0) return;
    check_range(indices.min().item<int64_t>(), indices.max().item<int64_t>());
  }

  void check_range(int64_t least, int64_t greatest) const {
    if (least >= 0 && greatest < input_dim_) return;
    throw ValueError("Embedding expects integers in [0, input_dim). Layer '{}' received: {}, with input_dim={}", name(),
                     least < 0 ? least : greatest, input_dim_);
  }

  torch::nn::Embedding embedding_{nullptr};
  WeightPtr adapted_;  // the embeddings, with `lora_rank`
};

class ReversibleEmbeddingImpl final : public EmbeddingImpl {
 public:
  ReversibleEmbeddingImpl() = default;
  ReversibleEmbeddingImpl(int64_t input_dim, int64_t output_dim, ReversibleEmbeddingOptions options)
      : EmbeddingImpl(input_dim, output_dim,
                      {.embeddings_initializer = options.embeddings_initializer,
                       .embeddings_regularizer = options.embeddings_regularizer,
                       .embeddings_constraint = options.embeddings_constraint,
                       .mask_zero = options.mask_zero,
                       .input_shape = options.input_shape,
                       .trainable = options.trainable,
                       .dtype = options.dtype,
                       .name = options.name}),
        tie_weights_(options.tie_weights),
        reverse_dtype_(std::move(options.reverse_dtype)),
        logit_soft_cap_(options.logit_soft_cap) {
    settle_dtype();
  }

  void fields(Fields& field) override {
    EmbeddingImpl::fields(field);
    field("tie_weights", tie_weights_);
    field("reverse_dtype", reverse_dtype_);
    field("logit_soft_cap", logit_soft_cap_);
    if (field.is_reading()) settle_dtype();
  }

  std::vector<std::string> parameters() const override { return {"inputs", "reverse"}; }

  void build(const Shape& input) override {
    EmbeddingImpl::build(input);
    if (tie_weights_) return;
    reverse_embeddings_ = add_weight("reverse_embeddings", {output_dim_, input_dim_}, options_.embeddings_initializer);
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    return is_reverse(planner.call()) ? planned_by_autograd(*this, planner) : EmbeddingImpl::plan(planner, inputs);
  }

  std::vector<TensorSpec> output_specs(const Call<TensorSpec>& call) const override {
    if (!is_reverse(call)) return EmbeddingImpl::output_specs(call);
    Shape output = call.input().shape;
    output.back() = input_dim_;
    return {{output, reverse_dtype_ ? dtype_from_string(*reverse_dtype_) : compute_dtype()}};
  }

  bool casts_outputs() const override { return !reverse_dtype_; }

  Values call_all(const Call<Value>& call, const CallOptions& options) override {
    const at::Tensor& input = call.input().tensor;
    if (is_reverse(call)) return {{logits(input)}};
    return {{EmbeddingImpl::call(input, options)}};
  }

  std::vector<at::Tensor> output_masks(const Call<Value>& call, const Values& outputs) const override {
    if (is_reverse(call)) return {};
    return EmbeddingImpl::output_masks(call, outputs);
  }

 private:
  template <class T>
  static bool is_reverse(const Call<T>& call) {
    return call.template constant<bool>("reverse").value_or(false);
  }

  void settle_dtype() const {
    if (reverse_dtype_) dtype_from_string(*reverse_dtype_);
  }

  at::Tensor logits(const at::Tensor& input) const {
    at::Tensor x = input;
    at::Tensor kernel = tie_weights_ ? embeddings().t() : reverse_embeddings_;
    if (reverse_dtype_) {
      x = x.to(utils::scalar_type(dtype_from_string(*reverse_dtype_)));
      kernel = kernel.to(x.scalar_type());
    }
    const at::Tensor product = x.matmul(kernel);
    return logit_soft_cap_ ? (product / *logit_soft_cap_).tanh() * *logit_soft_cap_ : product;
  }

  bool tie_weights_ = true;
  std::optional<std::string> reverse_dtype_;
  std::optional<double> logit_soft_cap_;
  at::Tensor reverse_embeddings_;
};

}  // namespace

Embedding::Embedding(int64_t input_dim, int64_t output_dim, EmbeddingOptions options)
    : Layer(std::make_shared<EmbeddingImpl>(input_dim, output_dim, std::move(options))) {}

ReversibleEmbedding::ReversibleEmbedding(int64_t input_dim, int64_t output_dim, ReversibleEmbeddingOptions options)
    : Layer(std::make_shared<ReversibleEmbeddingImpl>(input_dim, output_dim, std::move(options))) {}

void register_embedding(Registry<LayerImpl>& layers) {
  layers.add<EmbeddingImpl>("Embedding");
  layers.add<ReversibleEmbeddingImpl>("ReversibleEmbedding");
}

}  // namespace keraslike::layers

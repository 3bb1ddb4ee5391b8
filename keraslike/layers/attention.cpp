#include "keraslike/layers/attention.h"

#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/where.h>

#include "keraslike/layers/attention_plan.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/layers/regularization.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

// Both attentions over lists.
class DotAttentionImpl : public LayerImpl {
 public:
  std::vector<std::string> parameters() const override {
    return {"inputs", "mask", "training", "return_attention_scores", "use_causal_mask"};
  }

  void check_call(const Call<TensorSpec>& call) const override {
    if (std::holds_alternative<TensorSpec>(call.arguments.front().second.value)) {
      throw ValueError("{} layer must be called on a list of inputs, namely [query, value] or [query, value, key]. "
                       "Layer '{}' received one tensor.", class_name(), name());
    }
    const size_t count = call.inputs().size();
    if (count < 2 || count > 3) {
      throw ValueError("{} layer accepts inputs list of length 2 or 3, namely [query, value] or [query, value, key]. "
                       "Received length: {}.", class_name(), count);
    }
    const auto* mask = call.find("mask");
    const auto* masks = mask == nullptr ? nullptr : std::get_if<Argument<TensorSpec>::List>(&mask->value);
    if (mask == nullptr || mask->is_none() || (masks != nullptr && masks->size() >= 2 && masks->size() <= 3)) return;
    throw ValueError("{} layer mask must be a list, namely [query_mask, value_mask], of length 2 or 3. Layer '{}' "
                     "received something else.", class_name(), name());
  }

  std::vector<TensorSpec> output_specs(const Call<TensorSpec>& call) const override {
    const auto inputs = call.inputs();
    Shape output = inputs[0].shape;
    output.back() = inputs[1].shape.dim(-1);
    if (!wants_scores(call)) return {{output}};
    Shape scores = inputs[0].shape;
    scores.back() = inputs.back().shape.dim(-2);
    return {{output}, {scores}};
  }

  Values call_all(const Call<Value>& call, const CallOptions& options) override {
    const Values inputs = call.inputs();
    const auto [query_mask, value_mask] = masks_of(call);
    const at::Tensor scores = scores_of(inputs[0].tensor, inputs.back().tensor);
    const at::Tensor mask = score_mask(scores, value_mask, call.constant<bool>("use_causal_mask").value_or(false));
    const at::Tensor weights = dropped(at::softmax(masked(scores, mask), -1), options);
    at::Tensor output = weights.matmul(inputs[1].tensor);
    if (query_mask.defined()) output = at::where(query_mask.to(at::kBool).unsqueeze(-1), output, 0.0);
    if (wants_scores(call)) return {{output}, {weights}};
    return {{output}};
  }

  // By hand products that drop nothing, without a mask of the query and where nobody wants the scores.
  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    const auto call = planner.call().map<Value>([](const PlanTensor& tensor) { return Value{tensor.value, tensor.mask}; });
    const bool drops = dropout_ > 0.0 && planner.training();
    const bool is_plain = has_plain_scores() && !drops && !wants_scores(call) && !masks_of(call).first.defined();
    const bool has_rows = std::all_of(inputs.begin(), inputs.end(), [](const PlanTensor& input) {
      return input.value.dim() == 3 && input.value.scalar_type() == at::kFloat;
    });
    if (!is_plain || !has_rows) return planned_by_autograd(*this, planner);
    std::vector<int64_t> sizes = inputs[0].value.sizes().vec();
    sizes.back() = inputs[1].value.size(-1);
    const PlanTensor output = planner.output(sizes, inputs);
    const auto bias = [call] { return bias_of(call); };
    auto step = planned_attention(
        {one_head(inputs[0]), one_head(inputs.back()), one_head(inputs[1]), one_head(output), 1.0, bias});
    if (!step) return planned_by_autograd(*this, planner);
    return PlannedLayer{{output}, std::move(step), /*fits_any_call=*/true};
  }

  bool supports_masking() const override { return true; }
  std::vector<at::Tensor> output_masks(const Call<Value>& call, const Values&) const override {
    return {masks_of(call).first};
  }

 protected:
  DotAttentionImpl() = default;
  template <class Options>
  explicit DotAttentionImpl(const Options& options)
      : LayerImpl(layer_arguments(options)),
        use_scale_(options.use_scale),
        dropout_(options.dropout),
        seed_(options.seed) {
    settle();
  }

  virtual at::Tensor scores_of(const at::Tensor& query, const at::Tensor& key) const = 0;

  // Whether scores are the products of queries and keys, and nothing else.
  virtual bool has_plain_scores() const { return false; }

  void dropout_fields(Fields& field) {
    field("dropout", dropout_);
    field("seed", seed_);
    if (field.is_reading()) settle();
  }

  // (batch, Tq, 1, dim) and (batch, 1, Tv, dim).
  static at::Tensor sums(const at::Tensor& query, const at::Tensor& key) {
    return query.unsqueeze(-2) + key.unsqueeze(-3);
  }

  bool use_scale_ = false;

 private:
  // Only with dropout does Keras draw a seed here.
  void settle() {
    dropout_layer_ = Dropout(dropout_, {.seed = seed_, .name = "attention_dropout"});
  }

  template <class T>
  static bool wants_scores(const Call<T>& call) {
    return call.template constant<bool>("return_attention_scores").value_or(false);
  }

  // Given ones, or those of query and value.
  static std::pair<at::Tensor, at::Tensor> masks_of(const Call<Value>& call) {
    const auto* given = call.find("mask");
    const auto* list = given == nullptr ? nullptr : std::get_if<Argument<Value>::List>(&given->value);
    if (list == nullptr) return {call.inputs()[0].mask, call.inputs()[1].mask};
    const auto mask_at = [&](size_t i) {
      const Value* value = std::get_if<Value>(&(*list)[i].value);
      return value == nullptr ? at::Tensor() : value->tensor;
    };
    return {mask_at(0), mask_at(1)};
  }

  static at::Tensor score_mask(const at::Tensor& scores, const at::Tensor& value_mask, bool is_causal) {
    if (!is_causal) return value_mask.defined() ? value_mask.to(at::kBool) : value_mask;
    const at::Tensor causal =
        at::ones({1, scores.size(-2), scores.size(-1)}, scores.options().dtype(at::kBool)).tril();
    return value_mask.defined() ? value_mask.to(at::kBool).unsqueeze(-2).logical_and(causal) : causal;
  }

  // (batch, steps, channels) as (batch, steps, 1, channels).
  static PlanTensor one_head(const PlanTensor& tensor) {
    return {tensor.value.unsqueeze(2), tensor.gradient.defined() ? tensor.gradient.unsqueeze(2) : at::Tensor()};
  }

  // What `masked` does, as a number to add to scores (batch, 1, query steps, steps); undefined where nothing is masked.
  static at::Tensor bias_of(const Call<Value>& call) {
    const at::Tensor query = call.inputs()[0].tensor;
    const at::Tensor scores = query.new_zeros({1, query.size(1), call.inputs().back().tensor.size(1)});
    const bool is_causal = call.constant<bool>("use_causal_mask").value_or(false);
    const at::Tensor mask = score_mask(scores, masks_of(call).second, is_causal);
    return mask.defined() ? masked(scores, mask).unsqueeze(1) : at::Tensor();
  }

  // Keras takes a large number off, so that where all is masked the shares are all but even.
  static at::Tensor masked(const at::Tensor& scores, const at::Tensor& mask) {
    if (!mask.defined()) return scores;
    const double large = scores.scalar_type() == at::kHalf ? 65504.0 : 1.0e9;
    return at::where(mask.dim() == 2 ? mask.unsqueeze(-2) : mask, scores, scores - large);
  }

  at::Tensor dropped(const at::Tensor& weights, const CallOptions& options) const {
    return (*dropout_layer_)(weights, {.training = options.training});
  }

  double dropout_ = 0.0;
  std::optional<int64_t> seed_;
  std::optional<Layer> dropout_layer_;
};

class AttentionImpl final : public DotAttentionImpl {
 public:
  AttentionImpl() : AttentionImpl(AttentionOptions()) {}
  explicit AttentionImpl(const AttentionOptions& options) : DotAttentionImpl(options), score_mode_(options.score_mode) {
    check();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("use_scale", use_scale_);
    field("score_mode", score_mode_);
    dropout_fields(field);
    if (field.is_reading()) check();
  }

  void build_call(const Call<TensorSpec>&) override {
    if (use_scale_) scale_ = add_weight("scale", {}, "ones");
    if (score_mode_ == "concat") concat_score_weight_ = add_weight("concat_score_weight", {}, "ones");
  }

 protected:
  at::Tensor scores_of(const at::Tensor& query, const at::Tensor& key) const override {
    if (score_mode_ == "dot") {
      const at::Tensor scores = query.matmul(key.transpose(-2, -1));
      return use_scale_ ? scores * scale_ : scores;
    }
    const at::Tensor both = use_scale_ ? scale_ * sums(query, key) : sums(query, key);
    return concat_score_weight_ * both.tanh().sum(-1);
  }

  bool has_plain_scores() const override { return score_mode_ == "dot" && !use_scale_; }

 private:
  void check() const {
    if (score_mode_ == "dot" || score_mode_ == "concat") return;
    throw ValueError("Invalid value for argument score_mode. Expected one of {{'dot', 'concat'}}. Received: "
                     "score_mode={}", score_mode_);
  }

  std::string score_mode_ = "dot";
  at::Tensor scale_;
  at::Tensor concat_score_weight_;
};

class AdditiveAttentionImpl final : public DotAttentionImpl {
 public:
  AdditiveAttentionImpl() : AdditiveAttentionImpl(AdditiveAttentionOptions()) {}
  explicit AdditiveAttentionImpl(const AdditiveAttentionOptions& options) : DotAttentionImpl(options) {}

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("use_scale", use_scale_);
    dropout_fields(field);
  }

  void build_call(const Call<TensorSpec>& call) override {
    if (use_scale_) scale_ = add_weight("scale", {call.inputs().front().shape.dim(-1)}, "glorot_uniform");
  }

 protected:
  at::Tensor scores_of(const at::Tensor& query, const at::Tensor& key) const override {
    const at::Tensor curved = sums(query, key).tanh();
    return (use_scale_ ? scale_ * curved : curved).sum(-1);
  }

 private:
  at::Tensor scale_;
};

}  // namespace

Attention::Attention(AttentionOptions options) : Layer(std::make_shared<AttentionImpl>(options)) {}
AdditiveAttention::AdditiveAttention(AdditiveAttentionOptions options)
    : Layer(std::make_shared<AdditiveAttentionImpl>(options)) {}

void register_attention(Registry<LayerImpl>& layers) {
  layers.add<AttentionImpl>("Attention");
  layers.add<AdditiveAttentionImpl>("AdditiveAttention");
}

}  // namespace keraslike::layers

#pragma once

// For sources.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keraslike/layers/activation.h"
#include "keraslike/layers/attention.h"
#include "keraslike/layers/core.h"
#include "keraslike/layers/layer_impl.h"
#include "keraslike/layers/plan.h"
#include "keraslike/layers/regularization.h"

namespace keraslike::layers {

// Products of tensors (batch axes and attended axes, heads, channels) as equations of einsum.
struct AttentionEquations {
  AttentionEquations() = default;
  AttentionEquations(int64_t rank, const std::vector<int64_t>& attended_axes);

  std::string scores;   // key, query -> (batch axes, heads, query axes, key axes)
  std::string combine;  // scores, value -> what the query was
};

// What attentions of several heads share.
class HeadsImpl : public LayerImpl {
 public:
  std::vector<std::string> parameters() const override;
  void check_call(const Call<TensorSpec>& call) const override;
  void build_call(const Call<TensorSpec>& call) override;
  std::vector<TensorSpec> output_specs(const Call<TensorSpec>& call) const override;
  Values call_all(const Call<Value>& call, const CallOptions& options) override;
  std::optional<PlannedLayer> plan(const StepPlanner& planner, const std::vector<PlanTensor>& inputs) override;

  bool supports_masking() const override { return true; }
  std::vector<Layer> sublayers() const override;

 protected:
  struct Heads {
    int64_t count;            // of the query
    int64_t key_value_count;  // of keys and values, which are repeated to the query's
    int64_t key_dim;
    int64_t value_dim;
  };

  HeadsImpl() = default;
  explicit HeadsImpl(MultiHeadAttentionOptions options)
      : LayerImpl({options.name, options.trainable, options.dtype}), options_(std::move(options)) {}

  virtual Heads heads() const = 0;
  virtual Shape output_axes(const Shape& query) const { return {query.dim(-1)}; }
  virtual std::vector<int64_t> attended_axes(int64_t rank) const = 0;  // of an input of this rank

  // The mask of the query's steps that takes part in hiding scores.
  virtual at::Tensor query_mask(const Call<Value>& call) const { return call.input().mask; }

  // Config keys from `kernel_initializer` on.
  void weight_fields(Fields& field);
  void settle();

  MultiHeadAttentionOptions options_;
  std::optional<EinsumDense> query_dense_;
  std::optional<EinsumDense> key_dense_;
  std::optional<EinsumDense> gate_dense_;
  std::optional<EinsumDense> value_dense_;
  std::optional<EinsumDense> output_dense_;

 private:
  struct Attended {
    at::Tensor output;
    at::Tensor scores = {};
  };

  EinsumDense dense(const std::string& name, const Shape& input, int64_t bound, const Shape& outputs,
                    const char* activation = "linear");
  PlannedLayer projected(const StepPlanner& planner) const;
  std::optional<PlannedLayer> attended(const StepPlanner& planner, PlannedLayer projections);
  at::Tensor combined_mask(const Call<Value>& call, bool is_causal) const;
  // The same for scores (batch, heads, query steps, steps) as a number to add to them; undefined where nothing is hidden.
  at::Tensor hiding_bias(const Call<Value>& call, bool is_causal) const;
  Attended attend(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, const at::Tensor& mask,
                  bool is_causal, const CallOptions& options, bool with_scores) const;
  at::Tensor attend_at_once(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                            const at::Tensor& mask, bool is_causal) const;

  AttentionEquations equations_;
  std::vector<int64_t> axes_;
  std::optional<Softmax> softmax_;
  std::optional<Dropout> dropout_;
};

}  // namespace keraslike::layers

#pragma once

// For sources.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keraslike/layers/recurrent.h"
#include "keraslike/layers/rnn_cell.h"

namespace keraslike::layers {

class RNNImpl : public LayerImpl {
 public:
  RNNImpl() = default;
  RNNImpl(Layer cell, RNNOptions options);

  void fields(Fields& field) override;

  std::vector<std::string> parameters() const override { return {"sequences", "initial_state", "mask", "training"}; }
  void check_call(const Call<TensorSpec>& call) const override;
  void build_call(const Call<TensorSpec>& call) override;
  std::vector<TensorSpec> output_specs(const Call<TensorSpec>& call) const override;
  Values call_all(const Call<Value>& call, const CallOptions& options) override;

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const std::vector<PlanTensor>& inputs) override;

  bool supports_masking() const override { return true; }
  std::vector<at::Tensor> output_masks(const Call<Value>& call, const Values& outputs) const override;
  bool needs_batch_size() const override { return options_.stateful; }

  std::vector<Layer> sublayers() const override;
  std::vector<std::pair<std::string, Layer>> saved_parts() const override;

  void reset_states() override;

  // What Bidirectional reads and changes.
  const RNNOptions& options() const { return options_; }
  bool demands_fused() const { return demands_fused_; }
  void set_go_backwards(bool go_backwards) { options_.go_backwards = go_backwards; }
  void set_zero_output_for_mask(bool zero) { options_.zero_output_for_mask = zero; }
  void set_demands_fused(bool demands) { demands_fused_ = demands; }

 protected:
  // For layers that make their cell themselves; `rank` is that of their input.
  RNNImpl(Layer cell, RNNOptions options, int64_t rank);

  void flag_fields(Fields& field);
  RNNCellImpl& cell() const { return cell_of(*cell_); }

 private:
  // The steps so far.
  struct Course {
    States outputs = {};
    States states = {};
  };

  void settle();
  void check_states(const std::vector<TensorSpec>& given, const Shape& step) const;
  void check_batch(const Shape& sequences) const;
  void check_fused(bool has_mask) const;
  at::Tensor mask_of(const Call<Value>& call) const;
  States first_states(const Call<Value>& call, const at::Tensor& sequences) const;
  Course run_steps(const at::Tensor& sequences, const at::Tensor& mask, States states, bool training) const;
  CellStep without_masked(const CellStep& step, const Course& course, const at::Tensor& mask) const;
  void keep(const States& states);

  NameOr<Layer> cell_ = none;
  RNNOptions options_;
  int64_t rank_ = 0;  // 0: any
  bool demands_fused_ = false;
  States states_;  // of a stateful layer
};

}  // namespace keraslike::layers

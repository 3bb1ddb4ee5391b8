#pragma once

// What cells of your own derive from; it brings headers of LibTorch.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/ivalue.h>  // first, see keraslike/torch.h
#include <ATen/core/Tensor.h>

#include "keraslike/layers/layer_impl.h"
#include "keraslike/utils/random.h"

namespace keraslike::layers {

using States = std::vector<at::Tensor>;

// What one step gives.
struct CellStep {
  at::Tensor output;
  States states;
};

// How a recurrent layer runs over a sequence and what it gives of it.
struct SequenceForm {
  bool go_backwards = false;
  bool return_sequences = false;
  bool return_state = false;
  bool zero_output_for_mask = false;  // of steps that do not count; else they repeat the output before
};

// What an RNN runs over the steps of a sequence. Write one in this order: constructor, fields, build, state_shapes,
// output_shape, step. Shapes are those of one step, (batch, features...).
class RNNCellImpl : public LayerImpl {
 public:
  using LayerImpl::LayerImpl;

  virtual std::vector<Shape> state_shapes(const Shape& input) const = 0;
  virtual CellStep step(const at::Tensor& prepared, const States& states, bool training) = 0;

  // What of the steps depends on the inputs alone, (batch, features...) or (batch, steps, features...), at once.
  virtual at::Tensor prepared(const at::Tensor& inputs, bool) { return inputs; }

  // An RNN calls the first before a sequence, with its first step and states, and the second after it.
  virtual void draw_masks(const at::Tensor&, const States&) {}
  virtual void reset_masks() {}

  // False where LibTorch's fused kernels compute something else.
  virtual bool has_fused_form() const { return false; }

  // Its part of a planned step over whole sequences, (batch, steps, features), from states of 0 where none are given.
  // Empty where it has none and runs on autograd.
  virtual std::optional<PlannedLayer> plan_sequences(const StepPlanner& planner, const PlanTensor& sequences,
                                                     const std::vector<PlanTensor>& first_states,
                                                     const SequenceForm& form);

  CellStep run_step(const at::Tensor& input, const States& states, bool training) {
    return step(prepared(input, training), states, training);
  }

  std::vector<std::string> parameters() const override { return {"inputs", "states", "training"}; }
  std::vector<TensorSpec> output_specs(const Call<TensorSpec>& call) const override;
  Values call_all(const Call<Value>& call, const CallOptions& options) override;
};

// The cell that a layer is; throws ValueError where it is another layer.
RNNCellImpl& cell_of(const Layer& layer);

// A cell that drops inputs and states in training. What is dropped is drawn once per sequence, whether or not it trains,
// and `masks` times: once for each gate, or once for all.
class DropoutRNNCellImpl : public RNNCellImpl {
 public:
  using RNNCellImpl::RNNCellImpl;

  void draw_masks(const at::Tensor& input, const States& states) override;
  void reset_masks() override;

 protected:
  // For the constructor's arguments and a config's alike: brings the rates into [0, 1], and draws a seed without one.
  void settle_dropout(double& dropout, double& recurrent_dropout, const std::optional<int64_t>& seed);
  void set_mask_count(size_t count) { count_ = count; }

  // As tensors like one step's input, and like the state; none where nothing is dropped.
  const States& input_masks(const at::Tensor& input);
  const States& state_masks(const at::Tensor& state);

 private:
  States drawn(const at::Tensor& like, double rate);

  double dropout_ = 0.0;
  double recurrent_dropout_ = 0.0;
  size_t count_ = 1;
  std::optional<utils::SeedGenerator> seeds_;
  States input_masks_;
  States state_masks_;
};

// Inputs of one step or of several times the mask of one step.
at::Tensor masked(const at::Tensor& inputs, const at::Tensor& mask);

}  // namespace keraslike::layers

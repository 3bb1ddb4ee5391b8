#include "keraslike/layers/rnn_cell.h"

#include <algorithm>

#include <ATen/ops/ones_like.h>

#include "keraslike/layers/dropped.h"
#include "keraslike/layers/plan.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

std::optional<PlannedLayer> RNNCellImpl::plan_sequences(const StepPlanner&, const PlanTensor&,
                                                        const PlanTensors&, const SequenceForm&) {
  return std::nullopt;
}

std::vector<TensorSpec> RNNCellImpl::output_specs(const Call<TensorSpec>& call) const {
  const Shape input = call.inputs().front().shape;
  std::vector<TensorSpec> specs{{output_shape(input)}};
  for (const Shape& state : state_shapes(input)) specs.push_back({state});
  return specs;
}

Values RNNCellImpl::call_all(const Call<Value>& call, const CallOptions& options) {
  States states;
  for (const Value& state : call.tensors("states")) states.push_back(state.tensor);
  CellStep made = run_step(call.inputs().front().tensor, states, options.training);
  Values outputs{{std::move(made.output)}};
  for (at::Tensor& state : made.states) outputs.push_back({std::move(state)});
  return outputs;
}

RNNCellImpl& cell_of(const Layer& layer) {
  if (auto* cell = dynamic_cast<RNNCellImpl*>(layer.impl().get())) return *cell;
  throw ValueError("The RNN cell should have a `state_size` attribute (single integer or list of integers, one integer "
                   "per RNN state): a cell of your own derives from RNNCellImpl. Received: cell=<{} name={}>",
                   layer.class_name(), layer.name());
}

void DropoutRNNCellImpl::settle_dropout(double& dropout, double& recurrent_dropout,
                                        const std::optional<int64_t>& seed) {
  dropout = dropout_ = std::clamp(dropout, 0.0, 1.0);
  recurrent_dropout = recurrent_dropout_ = std::clamp(recurrent_dropout, 0.0, 1.0);
  seeds_.emplace(seed);
}

void DropoutRNNCellImpl::draw_masks(const at::Tensor& input, const States& states) {
  reset_masks();
  input_masks(input);
  state_masks(states.front());
}

void DropoutRNNCellImpl::reset_masks() {
  input_masks_.clear();
  state_masks_.clear();
}

const States& DropoutRNNCellImpl::input_masks(const at::Tensor& input) {
  if (input_masks_.empty() && dropout_ > 0.0) input_masks_ = drawn(input, dropout_);
  return input_masks_;
}

const States& DropoutRNNCellImpl::state_masks(const at::Tensor& state) {
  if (state_masks_.empty() && recurrent_dropout_ > 0.0) state_masks_ = drawn(state, recurrent_dropout_);
  return state_masks_;
}

States DropoutRNNCellImpl::drawn(const at::Tensor& like, double rate) {
  const at::Tensor ones = at::ones_like(like.detach());
  States masks;
  for (size_t i = 0; i < count_; ++i) masks.push_back(dropped(ones, rate, std::nullopt, *seeds_));
  return masks;
}

at::Tensor masked(const at::Tensor& inputs, const at::Tensor& mask) {
  return inputs * (inputs.dim() > mask.dim() ? mask.unsqueeze(1) : mask);
}

}  // namespace keraslike::layers

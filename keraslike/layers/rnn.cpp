#include <algorithm>

#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include "keraslike/layers/families.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/layers/recurrent_cells.h"
#include "keraslike/layers/rnn_impl.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

// The shape of one step of sequences.
Shape step_of(Shape sequences) {
  sequences.erase(sequences.begin() + 1);
  return sequences;
}

Shape with_steps(Shape step, int64_t steps) {
  step.insert(step.begin() + 1, steps);
  return step;
}

// A mask of rows, (batch,) or (batch, 1), with the axes of what it chooses from.
at::Tensor over(at::Tensor mask, const at::Tensor& like) {
  while (mask.dim() < like.dim()) mask = mask.unsqueeze(-1);
  return mask;
}

}  // namespace

RNNImpl::RNNImpl(Layer cell, RNNOptions options) : RNNImpl(std::move(cell), std::move(options), 0) {}

RNNImpl::RNNImpl(Layer cell, RNNOptions options, int64_t rank)
    : LayerImpl(layer_arguments(options)),
      cell_(std::move(cell)),
      options_(std::move(options)),
      rank_(rank) {
  settle();
}

void RNNImpl::fields(Fields& field) {
  LayerImpl::fields(field);
  flag_fields(field);
  field("cell", cell_);
  if (field.is_reading()) settle();
}

void RNNImpl::flag_fields(Fields& field) {
  field("return_sequences", options_.return_sequences);
  field("return_state", options_.return_state);
  field("go_backwards", options_.go_backwards);
  field("stateful", options_.stateful);
  field("unroll", options_.unroll);
  field("zero_output_for_mask", options_.zero_output_for_mask);
}

void RNNImpl::settle() {
  if (!cell_) throw ValueError("Argument `cell` should have a `call` method. Received: cell=None");
  cell();
  register_module("cell", cell_->impl());
}

std::vector<Layer> RNNImpl::sublayers() const { return cell_ ? std::vector<Layer>{*cell_} : std::vector<Layer>(); }

std::vector<std::pair<std::string, Layer>> RNNImpl::saved_parts() const { return {{"cell", *cell_}}; }

void RNNImpl::check_call(const Call<TensorSpec>& call) const {
  const auto inputs = call.inputs();
  if (inputs.size() != 1) {
    throw ValueError("Layer '{}' (of type {}) expects one sequence; states go into `initial_state`. It received {} "
                     "input tensors.", name(), class_name(), inputs.size());
  }
  const Shape& sequences = inputs.front().shape;
  if (rank_ > 0) expect_rank(sequences, rank_);
  expect_min_rank(sequences, 2);
  if (sequences[1] == 0) {
    throw ValueError("Layer '{}' (of type {}) expects sequences of at least one step. Received an input of shape {}.",
                     name(), class_name(), sequences);
  }
  cell().check_input(step_of(sequences));
  check_batch(sequences);
  check_states(call.tensors("initial_state"), step_of(sequences));
}

void RNNImpl::check_batch(const Shape& sequences) const {
  if (!options_.stateful) return;
  if (!built_ && sequences[0] == none) {
    throw ValueError("When using `stateful=True` in a RNN, the batch size must be static. Found dynamic batch size: "
                     "sequence.shape={}. Give `Input` a `batch_size`.", sequences);
  }
  if (states_.empty() || sequences[0] == none || sequences[0] == states_.front().size(0)) return;
  throw ValueError("If an RNN is stateful, the batch size of the input sequences must be the same as the batch size of "
                   "the initial state. Expected batch size: {}. Received batch size: {}.", states_.front().size(0),
                   sequences[0]);
}

void RNNImpl::check_states(const std::vector<TensorSpec>& given, const Shape& step) const {
  if (given.empty()) return;
  const auto expected = cell().state_shapes(step);
  if (given.size() != expected.size()) {
    throw ValueError("Layer '{}' (of type {}) has {} states. Received: {} tensors as `initial_state`.", name(),
                     class_name(), expected.size(), given.size());
  }
  for (size_t i = 0; i < given.size(); ++i) {
    if (expected[i].matches(given[i].shape)) continue;
    throw ValueError("Layer '{}' (of type {}) expects a state {} of shape {}. Received `initial_state` of shape {}.",
                     name(), class_name(), i, expected[i], given[i].shape);
  }
}

void RNNImpl::check_fused(bool has_mask) const {
  if (!demands_fused_ || (!has_mask && cell().has_fused_form())) return;
  throw ValueError("use_cudnn=True was specified, but cuDNN is not supported for this layer configuration with this "
                   "backend. Pass use_cudnn='auto' to fallback to a non-cuDNN implementation. Layer: '{}'", name());
}

void RNNImpl::build_call(const Call<TensorSpec>& call) {
  const Shape sequences = call.inputs().front().shape;
  cell_->build(step_of(sequences));
  if (!options_.stateful) return;
  states_.clear();
  for (const Shape& shape : cell().state_shapes(step_of(sequences))) states_.push_back(at::zeros(shape));
}

std::vector<TensorSpec> RNNImpl::output_specs(const Call<TensorSpec>& call) const {
  const Shape sequences = call.inputs().front().shape;
  const Shape output = cell().output_shape(step_of(sequences));
  std::vector<TensorSpec> specs{{options_.return_sequences ? with_steps(output, sequences[1]) : output}};
  if (!options_.return_state) return specs;
  for (const Shape& state : cell().state_shapes(step_of(sequences))) specs.push_back({state});
  return specs;
}

std::vector<at::Tensor> RNNImpl::output_masks(const Call<Value>& call, const Values&) const {
  if (!options_.return_sequences) return {};
  const auto given = call.tensor("mask");
  return {given ? given->tensor : call.inputs().front().mask};
}

Values RNNImpl::call_all(const Call<Value>& call, const CallOptions& options) {
  const at::Tensor sequences = call.inputs().front().tensor;
  const at::Tensor mask = mask_of(call);
  check_fused(mask.defined());
  States states = first_states(call, sequences);
  cell().draw_masks(sequences.select(1, 0), states);
  Course course = run_steps(sequences, mask, std::move(states), options.training);
  cell().reset_masks();
  if (options_.stateful) keep(course.states);
  Values outputs{{options_.return_sequences ? at::stack(course.outputs, 1) : course.outputs.back()}};
  if (!options_.return_state) return outputs;
  for (at::Tensor& state : course.states) outputs.push_back({std::move(state)});
  return outputs;
}

// By hand where no states are kept, and where masked steps, which repeat the output before, repeat the state before.
std::optional<PlannedLayer> RNNImpl::plan(const StepPlanner& planner, const PlanTensors& inputs) {
  if (options_.stateful) return planned_by_autograd(*this, planner);
  const Call<PlanTensor>& call = planner.call();
  const PlanTensors states = call.tensors("initial_state");
  PlanTensor sequences = inputs.front();
  if (!states.empty()) sequences.mask = at::Tensor();
  if (const auto given = call.tensor("mask")) sequences.mask = given->value;
  const at::Tensor& mask = sequences.mask;
  check_fused(mask.defined());
  const bool is_plain = !mask.defined() || (states.empty() && mask.scalar_type() == at::kBool &&
                                            mask.sizes() == sequences.value.sizes().slice(0, 2));
  if (!is_plain) return planned_by_autograd(*this, planner);
  auto planned = cell().plan_sequences(
      planner, sequences, states,
      {options_.go_backwards, options_.return_sequences, options_.return_state, options_.zero_output_for_mask});
  return planned ? for_any_call(std::move(planned)) : planned_by_autograd(*this, planner);
}

// Keras looks for the mask that a tensor brings along only where that is the one tensor of the call.
at::Tensor RNNImpl::mask_of(const Call<Value>& call) const {
  if (const auto given = call.tensor("mask")) return given->tensor.to(at::kBool);
  if (!call.tensors("initial_state").empty()) return {};
  const at::Tensor mask = call.inputs().front().mask;
  return mask.defined() ? mask.to(at::kBool) : mask;
}

States RNNImpl::first_states(const Call<Value>& call, const at::Tensor& sequences) const {
  States states;
  for (const Value& state : call.tensors("initial_state")) states.push_back(state.tensor);
  if (!states.empty()) return states;
  for (const at::Tensor& state : states_) states.push_back(state.to(sequences.options()));
  if (!states.empty()) return states;
  const Shape shape(sequences.sizes().begin(), sequences.sizes().end());
  for (const Shape& state : cell().state_shapes(step_of(shape))) {
    states.push_back(at::zeros(state, sequences.options().requires_grad(false)));
  }
  return states;
}

RNNImpl::Course RNNImpl::run_steps(const at::Tensor& sequences, const at::Tensor& mask, States states,
                                   bool training) const {
  States steps = cell().prepared(sequences, training).unbind(1);
  States masks = mask.defined() ? mask.unbind(1) : States();
  if (options_.go_backwards) {
    std::reverse(steps.begin(), steps.end());
    std::reverse(masks.begin(), masks.end());
  }
  Course course{{}, std::move(states)};
  for (size_t i = 0; i < steps.size(); ++i) {
    CellStep made = cell().step(steps[i], course.states, training);
    if (!masks.empty()) made = without_masked(made, course, masks[i]);
    course.outputs.push_back(std::move(made.output));
    course.states = std::move(made.states);
  }
  return course;
}

CellStep RNNImpl::without_masked(const CellStep& step, const Course& course, const at::Tensor& mask) const {
  const bool repeats = !options_.zero_output_for_mask && !course.outputs.empty();
  const at::Tensor before = repeats ? course.outputs.back() : at::zeros_like(step.output);
  CellStep kept{at::where(over(mask, step.output), step.output, before), {}};
  for (size_t i = 0; i < step.states.size(); ++i) {
    kept.states.push_back(at::where(over(mask, step.states[i]), step.states[i], course.states[i]));
  }
  return kept;
}

void RNNImpl::keep(const States& states) {
  states_.clear();
  for (const at::Tensor& state : states) states_.push_back(state.detach());
}

void RNNImpl::reset_states() {
  for (at::Tensor& state : states_) state = at::zeros_like(state);
}

void reset_states(const Layer& layer) {
  layer->reset_states();
  for (const Layer& part : layer->sublayers()) reset_states(part);
}

RNN::RNN(Layer cell, RNNOptions options)
    : Layer(std::make_shared<RNNImpl>(std::move(cell), std::move(options))) {}
RNN::RNN(std::vector<Layer> cells, RNNOptions options) : RNN(StackedRNNCells(std::move(cells)), std::move(options)) {}
RNN::RNN(std::shared_ptr<RNNImpl> impl) : Layer(std::move(impl)) {}

void register_rnn(Registry<LayerImpl>& layers) { layers.add<RNNImpl>("RNN"); }

}  // namespace keraslike::layers

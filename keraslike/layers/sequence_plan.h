#pragma once

// A recurrent layer's part of a planned step. For sources.

#include <optional>
#include <vector>

#include <ATen/core/Tensor.h>

#include "keraslike/layers/plan.h"
#include "keraslike/layers/rnn_cell.h"
#include "keraslike/utils/gates_table.h"
#include "keraslike/utils/products.h"

namespace keraslike::layers {

// Weights in Keras' shapes; biases may be undefined.
struct SequenceWeights {
  at::Tensor kernel;            // (features, gates * units)
  at::Tensor recurrent_kernel;  // (units, gates * units)
  at::Tensor bias;              // (gates * units,)
  at::Tensor recurrent_bias;    // (gates * units,), of GRU
};

// What goes into a sequence and what comes out.
struct SequenceTensors {
  PlanTensor sequences;      // (batch, steps, features); its mask is (batch, steps), of bool
  PlanTensors first_states;  // none: 0
  PlanTensor output;
  PlanTensors last_states = {};  // none where nobody wants them
};

// What LSTM and GRU share. The inputs of all steps meet the kernel in one product; then each thread runs some rows of
// the batch through all steps, one product with the recurrent kernel each; gradients of weights are one product each
// again. Buffers are (steps * batch, width): one thread's rows of each step in turn, then those of the next thread.
class SequenceStep : public PlannedStep {
 public:
  SequenceStep(const StepPlanner& planner, const SequenceTensors& tensors, const SequenceForm& form,
               const SequenceWeights& weights, const SequenceWeights& gradients);

  void forward() final;
  void backward() final;

 protected:
  // Rows of the batch that one thread runs.
  struct Share {
    int64_t begin;
    int64_t count;
  };

  virtual void forward_rows(Share share) = 0;
  virtual void backward_rows(Share share) = 0;

  // Gradients of what the recurrent kernel made; by default those of all that goes into the gates.
  virtual const at::Tensor& state_gates() const { return gates_; }

  int64_t steps() const { return steps_; }
  int64_t units() const { return units_; }
  int64_t batch() const { return batch_; }
  const PlanTensor& output() const { return tensors_.output; }
  bool has_mask() const { return tensors_.sequences.mask.defined(); }

  // Whether there is a state before this step, and a gradient that goes to it.
  bool has_before(int64_t step) const { return step > 0 || !tensors_.first_states.empty(); }
  bool has_gradient_before(int64_t step) const {
    return step > 0 || (!tensors_.first_states.empty() && tensors_.first_states.front().gradient.defined());
  }

  // A share's rows of a state that was given, or of the last one; 0 where there is none. And of their gradients.
  void read_first(size_t state, Share share, float* to) const;
  void write_last(size_t state, Share share, const float* from) const;
  void read_last_gradient(size_t state, Share share, float* to) const;
  void write_first_gradient(size_t state, Share share, const float* from) const;

  // A share's rows of one step, in a buffer of all steps; and in one of (batch, units).
  float* step_of(const at::Tensor& buffer, Share share, int64_t step) const;
  float* rows_of(const at::Tensor& states, Share share) const;

  // The place of the state that this step makes.
  utils::gates::Rows<float> state_after(Share share, int64_t step) const;

  // A masked row of a step: the state stays, and the output is that or 0.
  void keep_row(Share share, int64_t step, int64_t row) const;
  // What the output's gradient gives to that of the state then.
  void add_kept_gradient(Share share, int64_t step, int64_t row, float* h_gradient) const;

  // Calls counting(first, count) for each run of rows that count at a step, and masked(row) for each other one; rows are
  // numbered within the share.
  template <class Counting, class Masked>
  void each_row(Share share, int64_t step, Counting counting, Masked masked) const {
    if (!has_mask()) return counting(0, share.count);
    const bool* const counts =
        tensors_.sequences.mask.data_ptr<bool>() + share.begin * steps_ + time_of(step);
    for (int64_t row = 0; row < share.count;) {
      int64_t end = row;
      while (end < share.count && counts[end * steps_]) ++end;
      if (end > row) counting(row, end - row);
      if (end < share.count) masked(end);
      row = end + 1;
    }
  }

  // Part of a step: a product with the recurrent kernel, or with its transpose.
  void multiply_state(Share share, int64_t step, const at::Tensor& target, bool add) const;
  void multiply_back(Share share, int64_t step, const at::Tensor& h_gradient, bool add) const;

  // The output, or its gradient, at a step; null where the layer gives none of that step.
  template <class Number>
  utils::gates::Rows<Number> output_rows(const at::Tensor& output, Share share, int64_t step) const {
    if (!form_.return_sequences && step + 1 < steps_) return {};
    const int64_t stride = form_.return_sequences ? steps_ * units_ : units_;
    const int64_t offset = form_.return_sequences ? step * units_ : 0;
    return {output.data_ptr<float>() + share.begin * stride + offset, stride};
  }
  template <class Number>
  static utils::gates::Rows<Number> from_row(utils::gates::Rows<Number> rows, int64_t row) {
    return {rows.data == nullptr ? nullptr : rows.data + row * rows.stride, rows.stride};
  }

  at::Tensor gates_;   // what the inputs give to the gates, and what becomes of it
  at::Tensor before_;  // the state before each step

 private:
  std::vector<Share> make_shares() const;
  int64_t time_of(int64_t step) const { return form_.go_backwards ? steps_ - 1 - step : step; }
  void gather(Share share);
  void scatter(Share share);
  void run_backward();

  SequenceForm form_;
  int64_t batch_, steps_, features_, units_;
  SequenceTensors tensors_;
  SequenceWeights weights_, gradients_;
  at::Tensor x_, x_gradient_;
  at::Tensor x_transposed_, before_transposed_, kernel_transposed_;
  utils::products::Packed recurrent_, recurrent_transposed_;
  std::vector<Share> shares_;
};

// The parts of LSTM and of GRU with `reset_after`, with tanh and sigmoid. Empty where the processor has no products of
// utils/products.h.
std::optional<PlannedLayer> planned_lstm(const StepPlanner& planner, const PlanTensor& sequences,
                                         const PlanTensors& first_states, const SequenceForm& form,
                                         const SequenceWeights& weights, const SequenceWeights& gradients);
std::optional<PlannedLayer> planned_gru(const StepPlanner& planner, const PlanTensor& sequences,
                                        const PlanTensors& first_states, const SequenceForm& form,
                                        const SequenceWeights& weights, const SequenceWeights& gradients);

}  // namespace keraslike::layers

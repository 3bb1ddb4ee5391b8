// LSTM and GRU over sequences, for planned steps.

#include <algorithm>

#include "keraslike/layers/sequence_plan.h"
#include "keraslike/utils/gates.h"

namespace keraslike::layers {

namespace {

class LstmStep final : public SequenceStep {
 public:
  LstmStep(const StepPlanner& planner, const SequenceTensors& tensors, const SequenceForm& form,
           const SequenceWeights& weights, const SequenceWeights& gradients)
      : SequenceStep(planner, tensors, form, weights, gradients),
        c_before_(planner.buffer({(steps() + 1) * batch(), units()})),
        tanh_c_(planner.buffer({steps() * batch(), units()})),
        h_gradient_(planner.buffer({batch(), units()})),
        c_gradient_(planner.buffer({batch(), units()})) {}

 private:
  // One step more than the other buffers have: the state behind the last one.
  float* c_at(Share share, int64_t step) const {
    return c_before_.data_ptr<float>() + (share.begin * (steps() + 1) + step * share.count) * units();
  }

  void forward_rows(Share share) override {
    read_first(0, share, step_of(before_, share, 0));
    read_first(1, share, c_at(share, 0));
    for (int64_t step = 0; step < steps(); ++step) {
      if (has_before(step)) multiply_state(share, step, gates_, /*add=*/true);
      const auto counting = [&](int64_t first, int64_t count) { forward_counting(share, step, first, count); };
      each_row(share, step, counting, [&](int64_t row) {
        std::copy_n(c_at(share, step) + row * units(), units(), c_at(share, step + 1) + row * units());
        keep_row(share, step, row);
      });
    }
    write_last(1, share, c_at(share, steps()));
  }

  void forward_counting(Share share, int64_t step, int64_t first, int64_t count) const {
    const int64_t at = first * units();
    utils::gates::table().lstm_forward(
        {.rows = count,
         .units = units(),
         .gates = step_of(gates_, share, step) + 4 * at,
         .c_before = c_at(share, step) + at,
         .c = c_at(share, step + 1) + at,
         .tanh_c = step_of(tanh_c_, share, step) + at,
         .h = from_row(state_after(share, step), first),
         .output = from_row(output_rows<float>(output().value, share, step), first)});
  }

  void backward_rows(Share share) override {
    read_last_gradient(0, share, rows_of(h_gradient_, share));
    read_last_gradient(1, share, rows_of(c_gradient_, share));
    for (int64_t step = steps() - 1; step >= 0; --step) {
      const auto counting = [&](int64_t first, int64_t count) { backward_counting(share, step, first, count); };
      each_row(share, step, counting, [&](int64_t row) {
        std::fill_n(step_of(gates_, share, step) + 4 * row * units(), 4 * units(), 0.0F);
        add_kept_gradient(share, step, row, rows_of(h_gradient_, share) + row * units());
      });
      if (has_gradient_before(step)) multiply_back(share, step, h_gradient_, /*add=*/has_mask());
    }
    write_first_gradient(0, share, rows_of(h_gradient_, share));
    write_first_gradient(1, share, rows_of(c_gradient_, share));
  }

  // With a mask the product that follows adds to the gradients of rows that are kept.
  void backward_counting(Share share, int64_t step, int64_t first, int64_t count) const {
    const int64_t at = first * units();
    float* const h_gradient = rows_of(h_gradient_, share) + at;
    utils::gates::table().lstm_backward(
        {.rows = count,
         .units = units(),
         .gates = step_of(gates_, share, step) + 4 * at,
         .c_before = c_at(share, step) + at,
         .tanh_c = step_of(tanh_c_, share, step) + at,
         .output_gradient = from_row(output_rows<const float>(output().gradient, share, step), first),
         .h_gradient = h_gradient,
         .c_gradient = rows_of(c_gradient_, share) + at});
    if (has_mask()) std::fill_n(h_gradient, count * units(), 0.0F);
  }

  at::Tensor c_before_, tanh_c_, h_gradient_, c_gradient_;
};

class GruStep final : public SequenceStep {
 public:
  GruStep(const StepPlanner& planner, const SequenceTensors& tensors, const SequenceForm& form,
          const SequenceWeights& weights, const SequenceWeights& gradients)
      : SequenceStep(planner, tensors, form, weights, gradients),
        recurrent_bias_(weights.recurrent_bias),
        inner_(planner.buffer(gates_.sizes())),
        h_gradient_(planner.buffer({batch(), units()})) {}

 private:
  const at::Tensor& state_gates() const override { return inner_; }

  // The product adds to what is there: the bias.
  void fill_inner(Share share) {
    const int64_t width = inner_.size(1);
    float* const inner = step_of(inner_, share, 0);
    for (int64_t row = 0; row < share.count * steps(); ++row) {
      if (recurrent_bias_.defined()) {
        std::copy_n(recurrent_bias_.data_ptr<float>(), width, inner + row * width);
      } else {
        std::fill_n(inner + row * width, width, 0.0F);
      }
    }
  }

  void forward_rows(Share share) override {
    fill_inner(share);
    read_first(0, share, step_of(before_, share, 0));
    for (int64_t step = 0; step < steps(); ++step) {
      if (has_before(step)) multiply_state(share, step, inner_, /*add=*/true);
      const auto counting = [&](int64_t first, int64_t count) {
        const int64_t at = first * units();
        utils::gates::table().gru_forward(
            {.rows = count,
             .units = units(),
             .inputs = step_of(gates_, share, step) + 3 * at,
             .inner = step_of(inner_, share, step) + 3 * at,
             .h_before = step_of(before_, share, step) + at,
             .h = from_row(state_after(share, step), first),
             .output = from_row(output_rows<float>(output().value, share, step), first)});
      };
      each_row(share, step, counting, [&](int64_t row) { keep_row(share, step, row); });
    }
  }

  void backward_rows(Share share) override {
    read_last_gradient(0, share, rows_of(h_gradient_, share));
    for (int64_t step = steps() - 1; step >= 0; --step) {
      const auto counting = [&](int64_t first, int64_t count) {
        const int64_t at = first * units();
        utils::gates::table().gru_backward(
            {.rows = count,
             .units = units(),
             .inputs = step_of(gates_, share, step) + 3 * at,
             .inner = step_of(inner_, share, step) + 3 * at,
             .h_before = step_of(before_, share, step) + at,
             .output_gradient = from_row(output_rows<const float>(output().gradient, share, step), first),
             .h_gradient = rows_of(h_gradient_, share) + at});
      };
      each_row(share, step, counting, [&](int64_t row) {
        std::fill_n(step_of(gates_, share, step) + 3 * row * units(), 3 * units(), 0.0F);
        std::fill_n(step_of(inner_, share, step) + 3 * row * units(), 3 * units(), 0.0F);
        add_kept_gradient(share, step, row, rows_of(h_gradient_, share) + row * units());
      });
      if (has_gradient_before(step)) multiply_back(share, step, h_gradient_, /*add=*/true);
    }
    write_first_gradient(0, share, rows_of(h_gradient_, share));
  }

  at::Tensor recurrent_bias_, inner_, h_gradient_;
};

template <class Step>
std::optional<PlannedLayer> planned(const StepPlanner& planner, const PlanTensor& sequences,
                                    const PlanTensors& first_states, size_t states, const SequenceForm& form,
                                    const SequenceWeights& weights, const SequenceWeights& gradients) {
  if (!utils::products::available()) return std::nullopt;
  const std::vector<int64_t> state{sequences.value.size(0), weights.recurrent_kernel.size(0)};
  std::vector<int64_t> sizes = state;
  if (form.return_sequences) sizes.insert(sizes.begin() + 1, sequences.value.size(1));
  bool has_gradient = sequences.gradient.defined() || gradients.kernel.defined() ||
                      gradients.recurrent_kernel.defined() || gradients.bias.defined();
  for (const auto& first : first_states) has_gradient = has_gradient || first.gradient.defined();
  const auto output_of = [&](const std::vector<int64_t>& shape) {
    return PlanTensor{planner.buffer(shape), has_gradient ? planner.buffer(shape) : at::Tensor()};
  };
  SequenceTensors tensors{sequences, first_states, output_of(sizes)};
  PlanTensors outputs{tensors.output};
  for (size_t i = 0; form.return_state && i < states; ++i) {
    tensors.last_states.push_back(output_of(state));
    outputs.push_back(tensors.last_states.back());
  }
  return PlannedLayer{std::move(outputs), std::make_unique<Step>(planner, tensors, form, weights, gradients)};
}

}  // namespace

std::optional<PlannedLayer> planned_lstm(const StepPlanner& planner, const PlanTensor& sequences,
                                         const PlanTensors& first_states, const SequenceForm& form,
                                         const SequenceWeights& weights, const SequenceWeights& gradients) {
  return planned<LstmStep>(planner, sequences, first_states, 2, form, weights, gradients);
}

std::optional<PlannedLayer> planned_gru(const StepPlanner& planner, const PlanTensor& sequences,
                                        const PlanTensors& first_states, const SequenceForm& form,
                                        const SequenceWeights& weights, const SequenceWeights& gradients) {
  return planned<GruStep>(planner, sequences, first_states, 1, form, weights, gradients);
}

}  // namespace keraslike::layers

// LSTM and GRU over sequences, for planned steps.

#include <algorithm>

#include "keraslike/layers/sequence_plan.h"
#include "keraslike/utils/gates.h"

namespace keraslike::layers {

namespace {

class LstmStep final : public SequenceStep {
 public:
  LstmStep(const StepPlanner& planner, const PlanTensor& sequences, const PlanTensor& output, const SequenceForm& form,
           const SequenceWeights& weights, const SequenceWeights& gradients)
      : SequenceStep(planner, sequences, output, form, weights, gradients),
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
    for (int64_t step = 0; step < steps(); ++step) {
      if (step > 0) multiply_state(share, step, gates_, /*add=*/true);
      utils::gates::table().lstm_forward({.rows = share.count,
                                          .units = units(),
                                          .gates = step_of(gates_, share, step),
                                          .c_before = c_at(share, step),
                                          .c = c_at(share, step + 1),
                                          .tanh_c = step_of(tanh_c_, share, step),
                                          .h = state_after(share, step),
                                          .output = output_rows<float>(output().value, share, step)});
    }
  }

  void backward_rows(Share share) override {
    std::fill_n(rows_of(h_gradient_, share), share.count * units(), 0.0F);
    std::fill_n(rows_of(c_gradient_, share), share.count * units(), 0.0F);
    for (int64_t step = steps() - 1; step >= 0; --step) {
      utils::gates::table().lstm_backward({.rows = share.count,
                                           .units = units(),
                                           .gates = step_of(gates_, share, step),
                                           .c_before = c_at(share, step),
                                           .tanh_c = step_of(tanh_c_, share, step),
                                           .output_gradient = output_rows<const float>(output().gradient, share, step),
                                           .h_gradient = rows_of(h_gradient_, share),
                                           .c_gradient = rows_of(c_gradient_, share)});
      if (step > 0) multiply_back(share, step, h_gradient_, /*add=*/false);
    }
  }

  at::Tensor c_before_, tanh_c_, h_gradient_, c_gradient_;
};

class GruStep final : public SequenceStep {
 public:
  GruStep(const StepPlanner& planner, const PlanTensor& sequences, const PlanTensor& output, const SequenceForm& form,
          const SequenceWeights& weights, const SequenceWeights& gradients)
      : SequenceStep(planner, sequences, output, form, weights, gradients),
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
    for (int64_t step = 0; step < steps(); ++step) {
      if (step > 0) multiply_state(share, step, inner_, /*add=*/true);
      utils::gates::table().gru_forward({.rows = share.count,
                                         .units = units(),
                                         .inputs = step_of(gates_, share, step),
                                         .inner = step_of(inner_, share, step),
                                         .h_before = step_of(before_, share, step),
                                         .h = state_after(share, step),
                                         .output = output_rows<float>(output().value, share, step)});
    }
  }

  void backward_rows(Share share) override {
    std::fill_n(rows_of(h_gradient_, share), share.count * units(), 0.0F);
    for (int64_t step = steps() - 1; step >= 0; --step) {
      utils::gates::table().gru_backward({.rows = share.count,
                                          .units = units(),
                                          .inputs = step_of(gates_, share, step),
                                          .inner = step_of(inner_, share, step),
                                          .h_before = step_of(before_, share, step),
                                          .output_gradient = output_rows<const float>(output().gradient, share, step),
                                          .h_gradient = rows_of(h_gradient_, share)});
      if (step > 0) multiply_back(share, step, h_gradient_, /*add=*/true);
    }
  }

  at::Tensor recurrent_bias_, inner_, h_gradient_;
};

template <class Step>
std::optional<PlannedLayer> planned(const StepPlanner& planner, const PlanTensor& sequences, const SequenceForm& form,
                                    const SequenceWeights& weights, const SequenceWeights& gradients) {
  if (!utils::products::available()) return std::nullopt;
  std::vector<int64_t> sizes{sequences.value.size(0), weights.recurrent_kernel.size(0)};
  if (form.return_sequences) sizes.insert(sizes.begin() + 1, sequences.value.size(1));
  PlanTensor output{planner.buffer(sizes), {}};
  const bool has_gradient = sequences.gradient.defined() || gradients.kernel.defined() ||
                            gradients.recurrent_kernel.defined() || gradients.bias.defined();
  if (has_gradient) output.gradient = planner.buffer(sizes);
  return PlannedLayer{{output}, std::make_unique<Step>(planner, sequences, output, form, weights, gradients)};
}

}  // namespace

std::optional<PlannedLayer> planned_lstm(const StepPlanner& planner, const PlanTensor& sequences,
                                         const SequenceForm& form, const SequenceWeights& weights,
                                         const SequenceWeights& gradients) {
  return planned<LstmStep>(planner, sequences, form, weights, gradients);
}

std::optional<PlannedLayer> planned_gru(const StepPlanner& planner, const PlanTensor& sequences,
                                        const SequenceForm& form, const SequenceWeights& weights,
                                        const SequenceWeights& gradients) {
  return planned<GruStep>(planner, sequences, form, weights, gradients);
}

}  // namespace keraslike::layers

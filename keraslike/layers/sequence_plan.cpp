#include "keraslike/layers/sequence_plan.h"

#include <algorithm>
#include <cstring>

#include "keraslike/utils/kernels.h"
#include "keraslike/utils/parallel.h"

namespace keraslike::layers {

using utils::products::Operand;
using utils::products::Target;

namespace {

// Multiplications and additions of all steps that make a thread of its own worth it.
constexpr int64_t kStepsPerThread = 500'000;

// As many rows as products compute together.
constexpr int64_t kLeastRows = 8;

Operand dense(const float* data, int64_t width) { return {data, width, 1}; }

void sum_rows(const at::Tensor& rows, const at::Tensor& sum) {
  if (!sum.defined()) return;
  utils::kernels::sum_rows(rows.data_ptr<float>(), sum.data_ptr<float>(), rows.size(0), rows.size(1));
}

}  // namespace

SequenceStep::SequenceStep(const StepPlanner& planner, const SequenceTensors& tensors, const SequenceForm& form,
                           const SequenceWeights& weights, const SequenceWeights& gradients)
    : form_(form),
      batch_(tensors.sequences.value.size(0)),
      steps_(tensors.sequences.value.size(1)),
      features_(tensors.sequences.value.size(2)),
      units_(weights.recurrent_kernel.size(0)),
      tensors_(tensors),
      weights_(weights),
      gradients_(gradients),
      x_(planner.buffer({steps_ * batch_, features_})),
      recurrent_(units_, weights.recurrent_kernel.size(1)),
      recurrent_transposed_(weights.recurrent_kernel.size(1), units_),
      shares_(make_shares()) {
  gates_ = planner.buffer({steps_ * batch_, weights.kernel.size(1)});
  before_ = planner.buffer({steps_ * batch_, units_});
  x_transposed_ = x_.t();
  before_transposed_ = before_.t();
  kernel_transposed_ = weights.kernel.t();
  if (tensors.sequences.gradient.defined()) x_gradient_ = planner.buffer(x_.sizes());
}

std::vector<SequenceStep::Share> SequenceStep::make_shares() const {
  const int64_t work = batch_ * steps_ * weights_.recurrent_kernel.numel();
  const int64_t most = std::max<int64_t>(1, batch_ / kLeastRows);
  const int64_t parts = std::min(most, utils::threads_for(work, kStepsPerThread));
  std::vector<Share> shares;
  for (int64_t i = 0; i < parts; ++i) {
    const int64_t begin = batch_ * i / parts;
    shares.push_back({begin, batch_ * (i + 1) / parts - begin});
  }
  return shares;
}

float* SequenceStep::step_of(const at::Tensor& buffer, Share share, int64_t step) const {
  return buffer.data_ptr<float>() + (share.begin * steps_ + step * share.count) * buffer.size(1);
}

float* SequenceStep::rows_of(const at::Tensor& states, Share share) const {
  return states.data_ptr<float>() + share.begin * units_;
}

utils::gates::Rows<float> SequenceStep::state_after(Share share, int64_t step) const {
  if (step + 1 < steps_) return {step_of(before_, share, step + 1), units_};
  if (tensors_.last_states.empty()) return {};
  return {rows_of(tensors_.last_states.front().value, share), units_};
}

void SequenceStep::read_first(size_t state, Share share, float* to) const {
  if (tensors_.first_states.empty()) return;
  std::copy_n(rows_of(tensors_.first_states.at(state).value, share), share.count * units_, to);
}

void SequenceStep::write_last(size_t state, Share share, const float* from) const {
  if (tensors_.last_states.empty()) return;
  std::copy_n(from, share.count * units_, rows_of(tensors_.last_states.at(state).value, share));
}

void SequenceStep::read_last_gradient(size_t state, Share share, float* to) const {
  if (tensors_.last_states.empty()) {
    std::fill_n(to, share.count * units_, 0.0F);
  } else {
    std::copy_n(rows_of(tensors_.last_states.at(state).gradient, share), share.count * units_, to);
  }
}

void SequenceStep::write_first_gradient(size_t state, Share share, const float* from) const {
  if (tensors_.first_states.empty() || !tensors_.first_states.at(state).gradient.defined()) return;
  std::copy_n(from, share.count * units_, rows_of(tensors_.first_states[state].gradient, share));
}

void SequenceStep::keep_row(Share share, int64_t step, int64_t row) const {
  const float* const before = step_of(before_, share, step) + row * units_;
  if (const auto after = from_row(state_after(share, step), row); after.data) std::copy_n(before, units_, after.data);
  const auto output = from_row(output_rows<float>(tensors_.output.value, share, step), row);
  if (output.data == nullptr) return;
  if (form_.zero_output_for_mask) {
    std::fill_n(output.data, units_, 0.0F);
  } else {
    std::copy_n(before, units_, output.data);
  }
}

void SequenceStep::add_kept_gradient(Share share, int64_t step, int64_t row, float* h_gradient) const {
  if (form_.zero_output_for_mask) return;
  const auto slope = from_row(output_rows<const float>(tensors_.output.gradient, share, step), row);
  for (int64_t i = 0; slope.data != nullptr && i < units_; ++i) h_gradient[i] += slope.data[i];
}

void SequenceStep::multiply_state(Share share, int64_t step, const at::Tensor& target, bool add) const {
  recurrent_.multiply(dense(step_of(before_, share, step), units_), {step_of(target, share, step), target.size(1)},
                      share.count, add);
}

void SequenceStep::multiply_back(Share share, int64_t step, const at::Tensor& h_gradient, bool add) const {
  const at::Tensor& gates = state_gates();
  recurrent_transposed_.multiply(dense(step_of(gates, share, step), gates.size(1)),
                                 {rows_of(h_gradient, share), units_}, share.count, add);
}

// Steps in the order in which they run.
void SequenceStep::gather(Share share) {
  const auto bytes = static_cast<size_t>(features_) * sizeof(float);
  const float* const from = tensors_.sequences.value.data_ptr<float>();
  for (int64_t step = 0; step < steps_; ++step) {
    const int64_t time = time_of(step);
    float* const to = step_of(x_, share, step);
    for (int64_t row = 0; row < share.count; ++row) {
      std::memcpy(to + row * features_, from + ((share.begin + row) * steps_ + time) * features_, bytes);
    }
  }
}

void SequenceStep::scatter(Share share) {
  const auto bytes = static_cast<size_t>(features_) * sizeof(float);
  float* const to = tensors_.sequences.gradient.data_ptr<float>();
  for (int64_t step = 0; step < steps_; ++step) {
    const int64_t time = time_of(step);
    const float* const from = step_of(x_gradient_, share, step);
    for (int64_t row = 0; row < share.count; ++row) {
      std::memcpy(to + ((share.begin + row) * steps_ + time) * features_, from + row * features_, bytes);
    }
  }
}

void SequenceStep::forward() {
  const auto parts = static_cast<int64_t>(shares_.size());
  utils::for_parts(parts, [&](int64_t i) { gather(shares_[static_cast<size_t>(i)]); });
  utils::products::multiply(x_, weights_.kernel, weights_.bias, gates_);
  recurrent_.pack(dense(weights_.recurrent_kernel.data_ptr<float>(), weights_.recurrent_kernel.size(1)));
  utils::for_parts(parts, [&](int64_t i) { forward_rows(shares_[static_cast<size_t>(i)]); });
}

void SequenceStep::backward() {
  if (tensors_.output.gradient.defined()) run_backward();
}

void SequenceStep::run_backward() {
  const auto parts = static_cast<int64_t>(shares_.size());
  recurrent_transposed_.pack({weights_.recurrent_kernel.data_ptr<float>(), 1, weights_.recurrent_kernel.size(1)});
  utils::for_parts(parts, [&](int64_t i) { backward_rows(shares_[static_cast<size_t>(i)]); });
  if (gradients_.kernel.defined()) utils::products::multiply(x_transposed_, gates_, {}, gradients_.kernel);
  if (gradients_.recurrent_kernel.defined()) {
    utils::products::multiply(before_transposed_, state_gates(), {}, gradients_.recurrent_kernel);
  }
  sum_rows(gates_, gradients_.bias);
  sum_rows(state_gates(), gradients_.recurrent_bias);
  if (!x_gradient_.defined()) return;
  utils::products::multiply(gates_, kernel_transposed_, {}, x_gradient_);
  utils::for_parts(parts, [&](int64_t i) { scatter(shares_[static_cast<size_t>(i)]); });
}

}  // namespace keraslike::layers

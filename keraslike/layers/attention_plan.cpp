#include "keraslike/layers/attention_plan.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <ATen/ops/zeros.h>

#include "keraslike/utils/kernels.h"
#include "keraslike/utils/parallel.h"
#include "keraslike/utils/products.h"

namespace keraslike::layers {

namespace {

using utils::products::Operand;
using utils::products::Packed;
using utils::products::Target;

// Multiplications and additions of a pass that make a thread of its own worth it.
constexpr int64_t kAttentionPerThread = 400'000;

// One head of one row of the batch, in a tensor (batch, steps, heads, channels): a matrix whose rows lie apart.
struct Head {
  float* data;
  int64_t stride;

  Head(const at::Tensor& tensor, int64_t row, int64_t head)
      : data(tensor.data_ptr<float>() + row * tensor.stride(0) + head * tensor.stride(2)), stride(tensor.stride(1)) {}

  Operand rows() const { return {data, stride, 1}; }
  Operand transposed() const { return {data, 1, stride}; }
  Target target() const { return {data, stride}; }
};

// Each thread runs some heads of some rows, one after the other; nothing is moved but what products lay out.
class AttentionStep final : public PlannedStep {
 public:
  explicit AttentionStep(PlannedAttention attention)
      : of_(std::move(attention)),
        heads_(of_.query.value.size(2)),
        queries_(of_.query.value.size(1)),
        steps_(of_.key.value.size(1)),
        shares_(at::zeros({of_.query.value.size(0), heads_, queries_, steps_})) {
    const int64_t count = of_.query.value.size(0) * heads_;
    const int64_t channels = of_.query.value.size(3) + of_.value.value.size(3);
    const int64_t work = count * queries_ * steps_ * channels;
    const int64_t parts = std::min(count, utils::threads_for(work, kAttentionPerThread));
    for (int64_t i = 0; i < parts; ++i) workers_.emplace_back(*this, count * i / parts, count * (i + 1) / parts);
  }

  void forward() override {
    bias_ = of_.bias ? of_.bias() : at::Tensor();
    if (bias_.defined()) bias_ = bias_.expand_as(shares_);
    each_worker([this](Worker& worker, int64_t row, int64_t head) { attend(worker, row, head); });
  }

  void backward() override {
    if (!of_.output.gradient.defined()) return;
    each_worker([this](Worker& worker, int64_t row, int64_t head) { attend_back(worker, row, head); });
  }

 private:
  struct Worker {
    Worker(const AttentionStep& of, int64_t first, int64_t last)
        : begin(first),
          end(last),
          keys(of.of_.key.value.size(3), of.steps_),
          values(of.steps_, of.of_.value.value.size(3)),
          values_transposed(of.of_.value.value.size(3), of.steps_),
          slopes(of.queries_, of.of_.value.value.size(3)),
          keys_as_rows(of.steps_, of.of_.key.value.size(3)),
          queries(of.queries_, of.of_.key.value.size(3)),
          score_slopes(static_cast<size_t>(of.queries_ * of.steps_)) {}

    int64_t begin, end;  // of heads, counted through all rows
    Packed keys, values, values_transposed, slopes, keys_as_rows, queries;
    std::vector<float> score_slopes;
  };

  template <class Part>
  void each_worker(Part part) {
    utils::for_parts(static_cast<int64_t>(workers_.size()), [&](int64_t i) {
      Worker& worker = workers_[static_cast<size_t>(i)];
      for (int64_t at = worker.begin; at < worker.end; ++at) part(worker, at / heads_, at % heads_);
    });
  }

  float* shares_of(int64_t row, int64_t head) const {
    return shares_.data_ptr<float>() + (row * heads_ + head) * queries_ * steps_;
  }

  void attend(Worker& worker, int64_t row, int64_t head) const {
    float* const shares = shares_of(row, head);
    worker.keys.pack(Head(of_.key.value, row, head).transposed());
    worker.keys.multiply(Head(of_.query.value, row, head).rows(), {shares, steps_}, queries_, /*add=*/false);
    scale_and_bias(shares, row, head);
    utils::kernels::softmax(shares, shares, queries_, steps_);
    worker.values.pack(Head(of_.value.value, row, head).rows());
    worker.values.multiply({shares, steps_, 1}, Head(of_.output.value, row, head).target(), queries_, /*add=*/false);
  }

  void scale_and_bias(float* scores, int64_t row, int64_t head) const {
    const auto scale = static_cast<float>(of_.scale);
    if (!bias_.defined()) {
      for (int64_t i = 0; i < queries_ * steps_; ++i) scores[i] *= scale;
      return;
    }
    const float* const bias = bias_.data_ptr<float>() + row * bias_.stride(0) + head * bias_.stride(1);
    for (int64_t query = 0; query < queries_; ++query, scores += steps_) {
      const float* const line = bias + query * bias_.stride(2);
      for (int64_t step = 0; step < steps_; ++step) scores[step] = scores[step] * scale + line[step * bias_.stride(3)];
    }
  }

  void attend_back(Worker& worker, int64_t row, int64_t head) const {
    const float* const shares = shares_of(row, head);
    float* const slopes = worker.score_slopes.data();
    const Head output(of_.output.gradient, row, head);
    worker.values_transposed.pack(Head(of_.value.value, row, head).transposed());
    worker.values_transposed.multiply(output.rows(), {slopes, steps_}, queries_, /*add=*/false);
    if (of_.value.gradient.defined()) {
      worker.slopes.pack(output.rows());
      worker.slopes.multiply({shares, 1, steps_}, Head(of_.value.gradient, row, head).target(), steps_, /*add=*/false);
    }
    utils::kernels::softmax_backward(shares, slopes, slopes, queries_, steps_);
    const auto scale = static_cast<float>(of_.scale);
    for (int64_t i = 0; i < queries_ * steps_; ++i) slopes[i] *= scale;
    if (of_.query.gradient.defined()) {
      worker.keys_as_rows.pack(Head(of_.key.value, row, head).rows());
      worker.keys_as_rows.multiply({slopes, steps_, 1}, Head(of_.query.gradient, row, head).target(), queries_,
                                   /*add=*/false);
    }
    if (!of_.key.gradient.defined()) return;
    worker.queries.pack(Head(of_.query.value, row, head).rows());
    worker.queries.multiply({slopes, 1, steps_}, Head(of_.key.gradient, row, head).target(), steps_, keys_are_values());
  }

  // One tensor for both, with one gradient.
  bool keys_are_values() const {
    return of_.value.gradient.defined() && of_.value.gradient.data_ptr() == of_.key.gradient.data_ptr();
  }

  PlannedAttention of_;
  int64_t heads_, queries_, steps_;
  at::Tensor shares_;  // (batch, heads, query steps, steps)
  at::Tensor bias_;    // of this batch
  std::vector<Worker> workers_;
};

}  // namespace

std::unique_ptr<PlannedStep> planned_attention(PlannedAttention attention) {
  if (!utils::products::available()) return nullptr;
  return std::make_unique<AttentionStep>(std::move(attention));
}

}  // namespace keraslike::layers

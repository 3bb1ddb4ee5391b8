#pragma once

// A loss' part of a planned step. For sources.

#include <cstdint>
#include <memory>
#include <string>

#include <ATen/core/Tensor.h>

namespace keraslike::losses {

// Buffers of fixed place; `y_pred` and `gradient` are contiguous float32.
struct LossBuffers {
  at::Tensor y_true;
  at::Tensor y_pred;
  at::Tensor sample_weight;  // undefined where there is none
  at::Tensor gradient;       // undefined where only the loss is wanted
};

class PlannedLoss {
 public:
  virtual ~PlannedLoss() = default;

  // Whether it can: of these shapes.
  virtual bool fits(const LossBuffers& of) const = 0;

  // The loss, a scalar, whose gradient by `y_pred` times `scale` is then in `gradient`.
  virtual float run(const LossBuffers& of, double scale) = 0;
};

// A loss that is a function of each row of outputs by itself.
class RowLoss {
 public:
  virtual ~RowLoss() = default;

  // Looks at the targets of a batch, whose outputs are (rows, width).
  virtual void begin(const at::Tensor& y_true, int64_t width) = 0;

  // The loss of a row; and where `slope` is not null, its slope by each output times `factor`.
  virtual float row(int64_t index, const float* outputs, float factor, float* slope) const = 0;
};

// The mean of such a loss, or with "sum" its sum, with or without weights. Null where the reduction is another.
std::unique_ptr<PlannedLoss> by_rows(std::unique_ptr<RowLoss> loss, const std::string& reduction);

// What is compared value by value, and averaged over the row: `Pair` has value(target, output) and slope(target, output).
template <class Pair>
class MeanOfPairs final : public RowLoss {
 public:
  explicit MeanOfPairs(Pair pair) : pair_(pair) {}

  void begin(const at::Tensor& y_true, int64_t width) override {
    targets_ = y_true.to(at::kFloat).contiguous();
    width_ = width;
  }

  float row(int64_t index, const float* outputs, float factor, float* slope) const override {
    const float* const targets = targets_.data_ptr<float>() + index * width_;
    float sum = 0.0F;
    for (int64_t i = 0; i < width_; ++i) sum += pair_.value(targets[i], outputs[i]);
    const auto width = static_cast<float>(width_);
    for (int64_t i = 0; slope != nullptr && i < width_; ++i) {
      slope[i] = pair_.slope(targets[i], outputs[i]) * (factor / width);
    }
    return sum / width;
  }

 private:
  Pair pair_;
  at::Tensor targets_;
  int64_t width_ = 1;
};

template <class Pair>
std::unique_ptr<PlannedLoss> by_pairs(Pair pair, const std::string& reduction) {
  return by_rows(std::make_unique<MeanOfPairs<Pair>>(pair), reduction);
}

}  // namespace keraslike::losses

#include "keraslike/losses/plan.h"

#include "keraslike/losses/reduction.h"

namespace keraslike::losses {

namespace {

class ByRows final : public PlannedLoss {
 public:
  ByRows(std::unique_ptr<RowLoss> loss, bool mean) : loss_(std::move(loss)), mean_(mean) {}

  // Weights per row, or per sample of several rows.
  bool fits(const LossBuffers& of) const override {
    if (of.y_pred.dim() < 2) return false;
    if (!of.sample_weight.defined()) return true;
    const int64_t weights = of.sample_weight.numel();
    const bool is_prefix = of.sample_weight.dim() == 1 && weights == of.y_pred.size(0);
    return (is_prefix || weights == rows_of(of)) && of.sample_weight.is_contiguous();
  }

  float run(const LossBuffers& of, double scale) override {
    const int64_t rows = rows_of(of);
    const int64_t width = of.y_pred.numel() / rows;
    loss_->begin(of.y_true, width);
    const float* const weights = of.sample_weight.defined() ? of.sample_weight.data_ptr<float>() : nullptr;
    const int64_t rows_per_weight = weights == nullptr ? 1 : rows / of.sample_weight.numel();
    const auto share = static_cast<float>(mean_ ? scale / static_cast<double>(rows) : scale);
    const float* outputs = of.y_pred.data_ptr<float>();
    float* slope = of.gradient.defined() ? of.gradient.data_ptr<float>() : nullptr;
    double sum = 0.0;
    for (int64_t i = 0; i < rows; ++i, outputs += width) {
      const float weight = weights == nullptr ? 1.0F : weights[i / rows_per_weight];
      sum += static_cast<double>(weight * loss_->row(i, outputs, share * weight, slope));
      if (slope != nullptr) slope += width;
    }
    return static_cast<float>(mean_ ? sum / static_cast<double>(rows) : sum);
  }

 private:
  static int64_t rows_of(const LossBuffers& of) {
    return of.y_pred.numel() / align(shape_of(of.y_true), shape_of(of.y_pred)).second.back();
  }

  std::unique_ptr<RowLoss> loss_;
  bool mean_;
};

}  // namespace

std::unique_ptr<PlannedLoss> by_rows(std::unique_ptr<RowLoss> loss, const std::string& reduction) {
  const bool mean = reduction == "sum_over_batch_size" || reduction == "mean";
  if (!mean && reduction != "sum") return nullptr;
  return std::make_unique<ByRows>(std::move(loss), mean);
}

}  // namespace keraslike::losses

#include "keraslike/losses/crossentropy_plan.h"

#include <algorithm>
#include <cmath>

#include "keraslike/losses/numeric.h"

namespace keraslike::losses {

namespace {

constexpr auto kLeast = static_cast<float>(kEpsilon);
constexpr auto kMost = static_cast<float>(1.0 - kEpsilon);

// NaN stays NaN, as in at::clamp; its gradient is 0 outside the bounds, and at NaN.
float clipped(float probability) { return probability < kLeast ? kLeast : probability > kMost ? kMost : probability; }
bool is_inside(float probability) { return probability >= kLeast && probability <= kMost; }

struct BinaryOfProbabilities {
  float smooth(float target) const { return target * (1.0F - smoothing) + 0.5F * smoothing; }

  // LibTorch keeps logarithms from going below -100.
  float value(float target, float output) const {
    const float t = smooth(target);
    const float p = clipped(output);
    const float value = (t - 1.0F) * std::max(std::log1p(-p), -100.0F) - t * std::max(std::log(p), -100.0F);
    return std::isnan(p) ? p : value;
  }
  float slope(float target, float output) const {
    if (!is_inside(output)) return 0.0F;
    return (output - smooth(target)) / std::max(output * (1.0F - output), 1e-12F);
  }

  float smoothing;
};

struct BinaryOfLogits {
  float smooth(float target) const { return target * (1.0F - smoothing) + 0.5F * smoothing; }
  float value(float target, float output) const {
    const float positive = output < 0.0F ? 0.0F : output;
    return positive - output * smooth(target) + std::log1p(std::exp(-std::abs(output)));
  }
  float slope(float target, float output) const { return 1.0F / (1.0F + std::exp(-output)) - smooth(target); }

  float smoothing;
};

// The logarithm of the sum of a row's exponentials.
float log_sum_exp(const float* outputs, int64_t width) {
  const float most = *std::max_element(outputs, outputs + width);
  float sum = 0.0F;
  for (int64_t i = 0; i < width; ++i) sum += std::exp(outputs[i] - most);
  return most + std::log(sum);
}

float sum_of(const float* values, int64_t width) {
  float sum = 0.0F;
  for (int64_t i = 0; i < width; ++i) sum += values[i];
  return sum;
}

class Categorical final : public RowLoss {
 public:
  explicit Categorical(const CrossentropyArguments& arguments)
      : from_logits_(arguments.from_logits), smoothing_(static_cast<float>(arguments.label_smoothing)) {}

  void begin(const at::Tensor& y_true, int64_t width) override {
    targets_ = y_true.to(at::kFloat).contiguous();
    width_ = width;
  }

  float row(int64_t index, const float* outputs, float factor, float* slope) const override {
    const float* const targets = targets_.data_ptr<float>() + index * width_;
    return from_logits_ ? of_logits(targets, outputs, factor, slope) : of_shares(targets, outputs, factor, slope);
  }

 private:
  float smooth(float target) const {
    return smoothing_ == 0.0F ? target : target * (1.0F - smoothing_) + smoothing_ / static_cast<float>(width_);
  }

  float of_logits(const float* targets, const float* outputs, float factor, float* slope) const {
    const float normalizer = log_sum_exp(outputs, width_);
    float loss = 0.0F;
    float weight = 0.0F;
    for (int64_t i = 0; i < width_; ++i) {
      loss -= smooth(targets[i]) * (outputs[i] - normalizer);
      weight += smooth(targets[i]);
    }
    for (int64_t i = 0; slope != nullptr && i < width_; ++i) {
      slope[i] = (std::exp(outputs[i] - normalizer) * weight - smooth(targets[i])) * factor;
    }
    return loss;
  }

  // The outputs are divided by their sum, which the gradient goes through.
  float of_shares(const float* targets, const float* outputs, float factor, float* slope) const {
    const float sum = sum_of(outputs, width_);
    float loss = 0.0F;
    float by_sum = 0.0F;
    for (int64_t i = 0; i < width_; ++i) {
      const float share = outputs[i] / sum;
      const float target = smooth(targets[i]);
      loss -= target * std::log(clipped(share));
      const float by_share = is_inside(share) ? -target / share * factor : 0.0F;
      by_sum -= by_share * share / sum;
      if (slope != nullptr) slope[i] = by_share / sum;
    }
    for (int64_t i = 0; slope != nullptr && i < width_; ++i) slope[i] += by_sum;
    return loss;
  }

  bool from_logits_;
  float smoothing_;
  at::Tensor targets_;
  int64_t width_ = 1;
};

class Sparse final : public RowLoss {
 public:
  explicit Sparse(bool from_logits) : from_logits_(from_logits) {}

  void begin(const at::Tensor& y_true, int64_t width) override {
    labels_ = y_true.to(at::kLong).contiguous();
    width_ = width;
  }

  float row(int64_t index, const float* outputs, float factor, float* slope) const override {
    const int64_t label = labels_.data_ptr<int64_t>()[index];
    return from_logits_ ? of_logits(label, outputs, factor, slope) : of_shares(label, outputs, factor, slope);
  }

 private:
  float of_logits(int64_t label, const float* outputs, float factor, float* slope) const {
    const float normalizer = log_sum_exp(outputs, width_);
    if (slope != nullptr) {
      for (int64_t i = 0; i < width_; ++i) slope[i] = std::exp(outputs[i] - normalizer) * factor;
      slope[label] -= factor;
    }
    return normalizer - outputs[label];
  }

  float of_shares(int64_t label, const float* outputs, float factor, float* slope) const {
    const float sum = sum_of(outputs, width_);
    const float share = outputs[label] / sum;
    if (slope != nullptr) {
      const float by_share = is_inside(share) ? -factor / share : 0.0F;
      std::fill(slope, slope + width_, -by_share * share / sum);
      slope[label] += by_share / sum;
    }
    return -std::log(clipped(share));
  }

  bool from_logits_;
  at::Tensor labels_;
  int64_t width_ = 1;
};

}  // namespace

std::unique_ptr<PlannedLoss> planned_binary_crossentropy(const CrossentropyArguments& arguments,
                                                         const std::string& reduction) {
  if (arguments.axis != -1) return nullptr;
  const auto smoothing = static_cast<float>(arguments.label_smoothing);
  return arguments.from_logits ? by_pairs(BinaryOfLogits{smoothing}, reduction)
                               : by_pairs(BinaryOfProbabilities{smoothing}, reduction);
}

std::unique_ptr<PlannedLoss> planned_categorical_crossentropy(const CrossentropyArguments& arguments,
                                                              const std::string& reduction) {
  return arguments.axis == -1 ? by_rows(std::make_unique<Categorical>(arguments), reduction) : nullptr;
}

std::unique_ptr<PlannedLoss> planned_sparse_crossentropy(const SparseCrossentropyArguments& arguments,
                                                         const std::string& reduction) {
  if (arguments.axis != -1 || arguments.ignore_class) return nullptr;
  return by_rows(std::make_unique<Sparse>(arguments.from_logits), reduction);
}

}  // namespace keraslike::losses

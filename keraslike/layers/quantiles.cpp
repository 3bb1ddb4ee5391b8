#include "keraslike/layers/quantiles.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace keraslike::layers {

namespace {

// As numpy.interp: linear between the points (xs, ys), with the first and last value beyond them.
double interpolated(double x, const std::vector<float>& xs, const std::vector<float>& ys) {
  const auto above = std::upper_bound(xs.begin(), xs.end(), x);
  if (above == xs.begin()) return static_cast<double>(ys.front());
  if (above == xs.end()) return static_cast<double>(ys.back());
  const auto j = static_cast<size_t>(above - xs.begin()) - 1;
  const double x0 = xs[j];
  const double y0 = ys[j];
  if (x0 == x) return y0;
  return (static_cast<double>(ys[j + 1]) - y0) / (static_cast<double>(xs[j + 1]) - x0) * (x - x0) + y0;
}

// NaN comes last, as NumPy sorts it.
bool is_less(float a, float b) { return a < b || (std::isnan(b) && !std::isnan(a)); }

}  // namespace

void Quantiles::add(const at::Tensor& values) {
  at::Tensor flat = values.detach().to(at::kCPU, at::kFloat).flatten().contiguous();
  std::vector<float> sorted(flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel());
  std::sort(sorted.begin(), sorted.end(), is_less);
  const double step = std::max(static_cast<double>(sorted.size()) / (1.0 / epsilon_), 1.0);
  std::vector<std::pair<float, float>> merged;
  for (auto i = static_cast<size_t>(step - 1); i < sorted.size(); i += static_cast<size_t>(step)) {
    merged.emplace_back(sorted[i], static_cast<float>(step));
  }
  for (size_t i = 0; i < summary_.values.size(); ++i) merged.emplace_back(summary_.values[i], summary_.weights[i]);
  std::stable_sort(merged.begin(), merged.end(),
                   [](const auto& a, const auto& b) { return is_less(a.first, b.first); });
  summary_ = {};
  for (const auto& [value, weight] : merged) {
    summary_.values.push_back(value);
    summary_.weights.push_back(weight);
  }
  summary_ = compressed(summary_, epsilon_);
}

std::vector<double> Quantiles::boundaries(int64_t bins) const {
  Summary summary = compressed(summary_, 1.0 / static_cast<double>(bins));
  if (!summary.values.empty()) summary.values.pop_back();
  return {summary.values.begin(), summary.values.end()};
}

Quantiles::Summary Quantiles::compressed(const Summary& summary, double epsilon) {
  if (static_cast<double>(summary.values.size()) * epsilon < 1.0) return summary;
  std::vector<float> sums(summary.weights.size());
  std::partial_sum(summary.weights.begin(), summary.weights.end(), sums.begin());
  std::vector<float> shares;
  for (const float sum : sums) shares.push_back(sum / sums.back());
  Summary result;
  double before = 0.0;
  const auto count = static_cast<int64_t>(std::ceil(1.0 / epsilon));
  for (int64_t i = 0; i < count; ++i) {
    const double share = epsilon + static_cast<double>(i) * epsilon;
    const double sum = interpolated(share, shares, sums);
    result.values.push_back(static_cast<float>(interpolated(share, shares, summary.values)));
    result.weights.push_back(static_cast<float>(sum - std::exchange(before, sum)));
  }
  return result;
}

}  // namespace keraslike::layers

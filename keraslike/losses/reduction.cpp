#include "keraslike/losses/reduction.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/where.h>

#include "keraslike/utils/errors.h"

namespace keraslike::losses {

namespace {

enum class Alignment { None, ExpandFirst, ExpandSecond, SqueezeFirst, SqueezeSecond };

Alignment alignment(const Shape& a, const Shape& b, bool expand_rank_1) {
  if (a.rank() == b.rank() + 1 && a.back() == 1) {
    return b.rank() == 1 && expand_rank_1 ? Alignment::ExpandSecond : Alignment::SqueezeFirst;
  }
  if (b.rank() == a.rank() + 1 && b.back() == 1) {
    return a.rank() == 1 && expand_rank_1 ? Alignment::ExpandFirst : Alignment::SqueezeSecond;
  }
  return Alignment::None;
}

bool is_prefix(at::IntArrayRef sizes, at::IntArrayRef of) {
  return sizes.size() < of.size() && of.slice(0, sizes.size()) == sizes;
}

bool is_mean(const std::string& reduction) { return reduction == "mean" || reduction == "sum_over_batch_size"; }

// `values` times `weight`, and the weight as it was aligned with them.
TensorPair weigh(const at::Tensor& values, const at::Tensor& sample_weight) {
  const at::Tensor weight = expand_weight(sample_weight.to(values.scalar_type()), values);
  auto [aligned_values, aligned_weight] = align(values, weight);
  try {
    return {aligned_values * aligned_weight, aligned_weight};
  } catch (const c10::Error&) {
    throw ValueError(
        "A loss expects `sample_weight` to have one weight per sample, or the shape of the losses per sample. "
        "Received: sample_weight.shape={}, shape of the losses={}.",
        shape_of(sample_weight), shape_of(values));
  }
}

}  // namespace

TensorPair align(const at::Tensor& a, const at::Tensor& b, bool expand_rank_1) {
  if (a.dim() == b.dim()) return {a, b};
  switch (alignment(shape_of(a), shape_of(b), expand_rank_1)) {
    case Alignment::ExpandFirst: return {a.unsqueeze(-1), b};
    case Alignment::ExpandSecond: return {a, b.unsqueeze(-1)};
    case Alignment::SqueezeFirst: return {a.squeeze(-1), b};
    case Alignment::SqueezeSecond: return {a, b.squeeze(-1)};
    case Alignment::None: break;
  }
  return {a, b};
}

std::pair<Shape, Shape> align(Shape a, Shape b) {
  switch (alignment(a, b, true)) {
    case Alignment::ExpandFirst: a.push_back(1); break;
    case Alignment::ExpandSecond: b.push_back(1); break;
    case Alignment::SqueezeFirst: a.pop_back(); break;
    case Alignment::SqueezeSecond: b.pop_back(); break;
    case Alignment::None: break;
  }
  return {std::move(a), std::move(b)};
}

at::Tensor expand_weight(const at::Tensor& weight, const at::Tensor& values) {
  if (weight.dim() == 0 || !is_prefix(weight.sizes(), values.sizes())) return weight;
  std::vector<int64_t> sizes = weight.sizes().vec();
  sizes.resize(static_cast<size_t>(values.dim()), 1);
  return weight.reshape(sizes);
}

at::Tensor apply_mask(const at::Tensor& sample_weight, const at::Tensor& mask, const std::string& reduction,
                      at::ScalarType type) {
  if (!mask.defined()) return sample_weight;
  at::Tensor weight = mask.to(type);
  if (is_mean(reduction)) {
    weight = weight * divide_no_nan(at::ones_like(weight.sum()) * static_cast<double>(mask.numel()), weight.sum());
  }
  if (!sample_weight.defined()) return weight;
  auto [aligned_mask, aligned_weight] = align(weight, expand_weight(sample_weight.to(type), weight));
  return aligned_mask * aligned_weight;
}

at::Tensor reduce(const at::Tensor& values, const at::Tensor& sample_weight, const at::Tensor& mask,
                  const std::string& reduction) {
  at::Tensor weighted = values;
  at::Tensor weight = apply_mask(sample_weight, mask, reduction, values.scalar_type());
  if (weight.defined()) std::tie(weighted, weight) = weigh(values, weight);

  const bool is_scalar_or_empty = weighted.dim() == 0 || (weighted.dim() == 1 && weighted.numel() == 0);
  if (reduction == "none" || is_scalar_or_empty) return weighted;
  if (reduction == "sum") return weighted.sum();
  if (reduction == "mean_with_sample_weight" && weight.defined()) return divide_no_nan(weighted.sum(), weight.sum());
  return weighted.sum() / static_cast<double>(weighted.numel());
}

at::Tensor divide_no_nan(const at::Tensor& x, const at::Tensor& y) {
  const at::Tensor is_zero = y == 0;
  return at::where(is_zero, 0.0, x / at::where(is_zero, 1.0, y));
}

}  // namespace keraslike::losses

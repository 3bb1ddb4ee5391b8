// Activations that look along an axis: softmax and its kin.

#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/glu.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include "keraslike/activations/activations.h"
#include "keraslike/activations/families.h"
#include "keraslike/saving/fields.h"

namespace keraslike::activations {

namespace {

using at::Tensor;

// Lays the axes side by side at the end, as one, for `function(tensor, -1)`, and puts the result back.
template <class Function>
Tensor over_axes(const Tensor& x, const Axes& axes, Function function) {
  if (axes.values().size() == 1) return function(x, axes.values().front());
  std::vector<int64_t> reduced;
  for (const int64_t axis : axes) reduced.push_back(axis < 0 ? axis + x.dim() : axis);
  std::vector<int64_t> order;
  for (int64_t axis = 0; axis < x.dim(); ++axis) {
    if (std::find(reduced.begin(), reduced.end(), axis) == reduced.end()) order.push_back(axis);
  }
  const auto kept = static_cast<int64_t>(order.size());
  order.insert(order.end(), reduced.begin(), reduced.end());
  const Tensor last = x.permute(order);
  const Tensor result = function(last.flatten(kept), -1).reshape(last.sizes());
  std::vector<int64_t> back(order.size());
  for (size_t i = 0; i < order.size(); ++i) back[static_cast<size_t>(order[i])] = static_cast<int64_t>(i);
  return result.permute(back);
}

class SoftmaxImpl final : public ActivationImpl {
 public:
  explicit SoftmaxImpl(SoftmaxOptions options = {}) : options_(std::move(options)) {}

  void fields(Fields& field) override { field("axis", options_.axis); }

  Tensor call(const Tensor& x) const override {
    return over_axes(x, options_.axis, [](const Tensor& t, int64_t axis) { return at::softmax(t, axis); });
  }

 private:
  SoftmaxOptions options_;
};

class LogSoftmaxImpl final : public ActivationImpl {
 public:
  explicit LogSoftmaxImpl(LogSoftmaxOptions options = {}) : options_(std::move(options)) {}

  void fields(Fields& field) override { field("axis", options_.axis); }

  Tensor call(const Tensor& x) const override {
    return over_axes(x, options_.axis, [](const Tensor& t, int64_t axis) { return at::log_softmax(t, axis); });
  }

 private:
  LogSoftmaxOptions options_;
};

// Martins and Astudillo, "From Softmax to Sparsemax", 2016, algorithm 1.
class SparsemaxImpl final : public ActivationImpl {
 public:
  explicit SparsemaxImpl(SparsemaxOptions options = {}) : options_(options) {}

  void fields(Fields& field) override { field("axis", options_.axis); }

  Tensor call(const Tensor& x) const override {
    const int64_t axis = options_.axis;
    const Tensor sorted = std::get<0>(at::sort(x, axis, /*descending=*/true));
    const Tensor sums = at::cumsum(sorted, axis);
    std::vector<int64_t> sizes(static_cast<size_t>(x.dim()), 1);
    sizes[static_cast<size_t>(axis < 0 ? axis + x.dim() : axis)] = x.size(axis);
    const Tensor ranks = at::arange(1, x.size(axis) + 1, x.options()).view(sizes);
    const Tensor support = sorted - (sums - 1) / ranks > 0;
    const Tensor count = support.sum(axis, /*keepdim=*/true);
    const Tensor threshold = (at::where(support, sums, at::zeros_like(sums)).sum(axis, true) - 1) / count;
    return at::clamp(x - threshold, 0.0);
  }

 private:
  SparsemaxOptions options_;
};

class GluImpl final : public ActivationImpl {
 public:
  explicit GluImpl(GluOptions options = {}) : options_(options) {}

  void fields(Fields& field) override { field("axis", options_.axis); }
  Tensor call(const Tensor& x) const override { return at::glu(x, options_.axis); }

 private:
  GluOptions options_;
};

}  // namespace

Softmax::Softmax(SoftmaxOptions options) : Activation(std::make_shared<SoftmaxImpl>(std::move(options))) {}
LogSoftmax::LogSoftmax(LogSoftmaxOptions options) : Activation(std::make_shared<LogSoftmaxImpl>(std::move(options))) {}
Sparsemax::Sparsemax(SparsemaxOptions options) : Activation(std::make_shared<SparsemaxImpl>(options)) {}
Glu::Glu(GluOptions options) : Activation(std::make_shared<GluImpl>(options)) {}

void register_along_axes(Registry<ActivationImpl>& activations) {
  activations.add<SoftmaxImpl>("softmax");
  activations.add<LogSoftmaxImpl>("log_softmax");
  activations.add<SparsemaxImpl>("sparsemax");
  activations.add<GluImpl>("glu");
}

}  // namespace keraslike::activations

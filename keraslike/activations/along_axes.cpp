// Activations that look along an axis: softmax and its kin.

#include <algorithm>
#include <atomic>

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
#include "keraslike/activations/planned.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/warnings.h"

namespace keraslike::activations {

namespace {

using at::Tensor;

using AlongAxis = Tensor (*)(const Tensor& x, int64_t axis);

Tensor softmax(const Tensor& x, int64_t axis) { return at::softmax(x, axis); }
Tensor log_softmax(const Tensor& x, int64_t axis) { return at::log_softmax(x, axis); }

// Lays the axes side by side at the end, as one, for `function(tensor, -1)`, and puts the result back.
Tensor over_axes(const Tensor& x, const std::vector<int64_t>& reduced, AlongAxis function) {
  if (reduced.size() == 1) return function(x, reduced.front());
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

// LibTorch 1.13 has no softmax of half precision on the CPU.
Tensor in_float(const Tensor& x, const std::vector<int64_t>& reduced, AlongAxis function) {
  if (x.scalar_type() != at::kHalf || !x.is_cpu()) return over_axes(x, reduced, function);
  return over_axes(x.to(at::kFloat), reduced, function).to(at::kHalf);
}

class SoftmaxImpl final : public ActivationImpl {
 public:
  explicit SoftmaxImpl(SoftmaxOptions options = {}) : options_(std::move(options)) {}

  void fields(Fields& field) override { field("axis", options_.axis); }

  Tensor call(const Tensor& x) const override {
    const std::vector<int64_t> axes = options_.axis.in_rank(x.dim(), "softmax");
    if (axes.size() == 1 && x.size(axes.front()) == 1) warn_of_ones(x);
    return in_float(x, axes, softmax);
  }

  std::unique_ptr<PlannedActivation> plan(bool training) const override {
    const bool is_last = options_.axis.values() == std::vector<int64_t>{-1};
    return is_last ? planned_softmax([this](const Tensor& x) { warn_of_ones(x); }) : by_autograd(*this, training);
  }

 private:
  // Once is enough: training calls it in every step.
  void warn_of_ones(const Tensor& x) const {
    if (warned_.exchange(true)) return;
    utils::warn(fmt::format(
        "You are using a softmax over axis {} of a tensor of shape {}. This axis has size 1. The softmax operation "
        "will always return the value 1, which is likely not what you intended. Did you mean to use a sigmoid instead?",
        options_.axis.values().front(), Shape(x.sizes().begin(), x.sizes().end())));
  }

  SoftmaxOptions options_;
  mutable std::atomic<bool> warned_ = false;
};

class LogSoftmaxImpl final : public ActivationImpl {
 public:
  explicit LogSoftmaxImpl(LogSoftmaxOptions options = {}) : options_(std::move(options)) {}

  void fields(Fields& field) override { field("axis", options_.axis); }

  Tensor call(const Tensor& x) const override {
    return in_float(x, options_.axis.in_rank(x.dim(), "log_softmax"), log_softmax);
  }

 private:
  LogSoftmaxOptions options_;
};

// Martins and Astudillo, "From Softmax to Sparsemax", 2016, but for one thing: Keras adds up all the sums in the
// support where algorithm 1 takes the last.
class SparsemaxImpl final : public ActivationImpl {
 public:
  explicit SparsemaxImpl(SparsemaxOptions options = {}) : options_(options) {}

  void fields(Fields& field) override { field("axis", options_.axis); }

  Tensor call(const Tensor& x) const override {
    const int64_t axis = Axes(options_.axis).in_rank(x.dim(), "sparsemax").front();
    const Tensor sorted = std::get<0>(at::sort(x, axis, /*descending=*/true));
    const Tensor sums = at::cumsum(sorted, axis);
    std::vector<int64_t> sizes(static_cast<size_t>(x.dim()), 1);
    sizes[static_cast<size_t>(axis)] = x.size(axis);
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

  // A plan's buffers all have the shape of the input.
  std::unique_ptr<PlannedActivation> plan(bool) const override { return nullptr; }

  void fields(Fields& field) override { field("axis", options_.axis); }

  Tensor call(const Tensor& x) const override {
    const int64_t axis = Axes(options_.axis).in_rank(x.dim(), "glu").front();
    if (x.size(axis) % 2 == 0) return at::glu(x, axis);
    throw ValueError("glu expects an axis of even size, which it splits. Received: axis={}, an array of shape {}.",
                     options_.axis, Shape(x.sizes().begin(), x.sizes().end()));
  }

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

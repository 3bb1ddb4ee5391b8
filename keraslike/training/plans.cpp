#include "keraslike/training/plans.h"

#include <algorithm>
#include <iterator>

#include "keraslike/layers/device_of.h"
#include "keraslike/utils/errors.h"

namespace keraslike::training {

namespace {

// More shapes than training and evaluating with a short last batch have: data of changing shape, which would fill the
// memory with buffers.
constexpr size_t kMostPlans = 16;

void add_layers(const layers::LayerImpl& layer, std::vector<const layers::LayerImpl*>& all) {
  all.push_back(&layer);
  for (const Layer& part : layer.sublayers()) add_layers(*part.impl(), all);
}

}  // namespace

Plans::Layout Plans::layout_of(const Network& network) {
  Layout layout;
  add_layers(network.root(), layout.layers);
  for (const auto* layer : layout.layers) layout.trainable.push_back(layer->trainable());
  layout.device = layers::device_of(network.root());
  return layout;
}

void Plans::follow(const Network& network) {
  if (off_) return;
  const std::lock_guard lock(mutex_);
  Layout now = layout_of(network);
  if (now == layout_) return;
  layout_ = std::move(now);
  plans_.clear();
  reason_.clear();
}

void Plans::give_up() {
  plans_.clear();
  reason_ = "a metric, a loss or a layer keeps the tensors that it is given";
}

std::string Plans::reason() const { return off_ ? "`compile` was told `run_eagerly` or no `jit_compile`" : reason_; }

Plans::Place Plans::place(Network& network, const Compiled* compiled, StepPlan::Purpose purpose,
                          std::optional<double> loss_scale, const Samples& samples, int64_t rows) {
  if (off_) return plans_.end();
  if (!reason_.empty()) return without_plan(network);
  const auto found = std::find_if(plans_.begin(), plans_.end(),
                                  [&](const auto& plan) { return plan->is_for(purpose, samples, rows); });
  if (found != plans_.end()) {
    if ((*found)->is_valid()) return found;
    plans_.erase(found);
  }
  try {
    if (!loss_scale) throw CanNotPlan{"a LossScaleOptimizer changes the scale of its loss"};
    if (plans_.size() == kMostPlans) plans_.erase(plans_.begin());
    plans_.push_back(std::make_unique<StepPlan>(network, compiled, purpose, *loss_scale, samples, rows));
    return std::prev(plans_.end());
  } catch (const CanNotPlan& why) {
    reason_ = why.reason;
  }
  return without_plan(network);
}

Plans::Place Plans::without_plan(const Network& network) {
  if (!required_) return plans_.end();
  throw ValueError("`jit_compile=true` asks for a planned step, but model '{}' can not be planned: {}. Leave it at "
                   "\"auto\", which runs such a model on LibTorch's autograd.", network.root().name(), reason_);
}

StepPlan* Plans::find(Network& network, const Compiled* compiled, StepPlan::Purpose purpose,
                      std::optional<double> loss_scale, const Samples& samples, int64_t rows) {
  const auto found = place(network, compiled, purpose, loss_scale, samples, rows);
  return found == plans_.end() ? nullptr : found->get();
}

std::unique_ptr<StepPlan> Plans::take(Network& network, const Samples& samples, int64_t rows) {
  const std::lock_guard lock(mutex_);
  const auto found = place(network, nullptr, StepPlan::Purpose::Predict, 1.0, samples, rows);
  if (found == plans_.end()) return nullptr;
  std::unique_ptr<StepPlan> plan = std::move(*found);
  plans_.erase(found);
  return plan;
}

void Plans::give_back(std::unique_ptr<StepPlan> plan) {
  const std::lock_guard lock(mutex_);
  if (reason_.empty() && plans_.size() < kMostPlans) plans_.push_back(std::move(plan));
}

}  // namespace keraslike::training

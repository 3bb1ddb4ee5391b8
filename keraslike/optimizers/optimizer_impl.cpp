#include "keraslike/optimizers/optimizer_impl.h"

#include <algorithm>
#include <regex>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros_like.h>
#include <fmt/ranges.h>

#include "keraslike/optimizers/gradients.h"
#include "keraslike/optimizers/learning_rate_field.h"
#include "keraslike/optimizers/precision.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/dtype_policy.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/naming.h"
#include "keraslike/utils/tensor_types.h"
#include "keraslike/utils/warnings.h"

namespace keraslike::optimizers {

using layers::Weight;
using layers::WeightPtr;

namespace {

std::string or_none(const std::optional<double>& value) { return value ? fmt::format("{}", *value) : "None"; }

Weight scalar(const std::string& optimizer, const std::string& name, const at::Tensor& value) {
  return {.name = name, .path = optimizer + "/" + name, .tensor = value, .trainable = false};
}

std::regex any_of(const std::vector<std::string>& names) {
  try {
    return std::regex(fmt::format("{}", fmt::join(names, "|")));
  } catch (const std::regex_error& error) {
    throw ValueError("`exclude_from_weight_decay` expects names or regular expressions. Received: {} ({})", names,
                     error.what());
  }
}

}  // namespace

OptimizerImpl::OptimizerImpl(const char* class_name, CommonOptions options) : options_(std::move(options)) {
  if (options_.name.empty()) options_.name = utils::unique_name(class_name);
  check_common();
  make_scalars();
}

void OptimizerImpl::check_common() {
  auto& o = options_;
  if (o.gradient_accumulation_steps == 0) o.gradient_accumulation_steps.reset();
  if (o.gradient_accumulation_steps.value_or(2) < 2) {
    throw ValueError("`gradient_accumulation_steps` must be an integer >= 2. Received: gradient_accumulation_steps={}",
                     *o.gradient_accumulation_steps);
  }
  if (o.use_ema && (o.ema_momentum < 0 || o.ema_momentum > 1)) {
    throw ValueError("`ema_momentum` must be in the range [0, 1]. Received: ema_momentum={}", o.ema_momentum);
  }
  if (o.ema_overwrite_frequency == 0) o.ema_overwrite_frequency.reset();
  if (o.use_ema && o.ema_overwrite_frequency.value_or(1) < 1) {
    throw ValueError("`ema_overwrite_frequency` must be an integer >= 1 or none. Received: ema_overwrite_frequency={}",
                     *o.ema_overwrite_frequency);
  }
  if (o.clipnorm.has_value() + o.clipvalue.has_value() + o.global_clipnorm.has_value() > 1) {
    throw ValueError(
        "Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set. Received: clipnorm={}, clipvalue={}, "
        "global_clipnorm={}",
        or_none(o.clipnorm), or_none(o.clipvalue), or_none(o.global_clipnorm));
  }
}

// Both stay on the CPU, where reading them costs nothing.
void OptimizerImpl::make_scalars() {
  iteration_ = std::make_shared<Weight>(scalar(name(), "iteration", at::scalar_tensor(0, at::kInt)));
  rate_.reset();
  if (const double* rate = options_.learning_rate.number()) {
    const at::Tensor value = at::scalar_tensor(*rate, utils::scalar_type(utils::floatx()));
    rate_ = std::make_shared<Weight>(scalar(name(), "learning_rate", value));
  }
}

void OptimizerImpl::ready() {
  check();
  refresh_torch();
}

// A function is asked once for each step and not before.
void OptimizerImpl::refresh_torch() { show_torch(options_.learning_rate.function() ? 0.0 : current_learning_rate()); }

void OptimizerImpl::fields(Fields& field) {
  auto& o = options_;
  LearningRateField rate(o.learning_rate, field.is_reading() || !rate_ ? 0.0 : current_learning_rate());
  field("name", o.name);
  field.object("learning_rate", rate);
  field("weight_decay", o.weight_decay);
  field("clipnorm", o.clipnorm);
  field("global_clipnorm", o.global_clipnorm);
  field("clipvalue", o.clipvalue);
  field("use_ema", o.use_ema);
  field("ema_momentum", o.ema_momentum);
  field("ema_overwrite_frequency", o.ema_overwrite_frequency);
  field("loss_scale_factor", o.loss_scale_factor);
  field("gradient_accumulation_steps", o.gradient_accumulation_steps);
  own_fields(field);
  if (!field.is_reading()) return;
  check_common();
  make_scalars();
  ready();
}

int32_t& OptimizerImpl::raw_iterations() const { return *iteration_->tensor.data_ptr<int32_t>(); }

int64_t OptimizerImpl::iterations() const {
  return raw_iterations() / options_.gradient_accumulation_steps.value_or(1);
}

double OptimizerImpl::current_learning_rate() const {
  if (const auto* schedule = options_.learning_rate.schedule()) return (*schedule)(raw_iterations());
  if (const auto* function = options_.learning_rate.function()) return (*function)();
  return rate_->tensor.item<double>();
}

double OptimizerImpl::learning_rate() {
  follow_torch();
  return current_learning_rate();
}

void OptimizerImpl::set_learning_rate(LearningRate learning_rate) {
  follow_torch();
  assign_learning_rate(std::move(learning_rate));
  refresh_torch();
}

void OptimizerImpl::assign_learning_rate(LearningRate learning_rate) {
  if (!learning_rate.number()) {
    options_.learning_rate = std::move(learning_rate);
    rate_.reset();
    return;
  }
  if (!rate_) {
    throw ValueError(
        "{} was created with a {} as its `learning_rate`, which decides the rate of each step: it can not be set to "
        "{}. Create the optimizer with a number to set it later.",
        name(), options_.learning_rate.schedule() ? "LearningRateSchedule" : "function", *learning_rate.number());
  }
  rate_->tensor.fill_(*learning_rate.number());
}

void OptimizerImpl::set_weight_decay(double weight_decay) { options_.weight_decay = weight_decay; }

void OptimizerImpl::exclude_from_weight_decay(const std::vector<std::string>& names) {
  if (built_) {
    throw ValueError("`exclude_from_weight_decay()` can only be configured before the optimizer {} is built.", name());
  }
  any_of(names);
  excluded_names_ = names;
}

void OptimizerImpl::build(const std::vector<WeightPtr>& weights) {
  if (built_) {
    for (size_t i = 0; i < weights.size(); ++i) index_of(*weights[i], i);
    return;
  }
  const at::NoGradGuard no_grad;
  weights_ = weights;
  adopt_parameters();
  slots_.resize(weights.size());
  const std::regex excluded = any_of(excluded_names_);
  for (const auto& weight : weights) {
    decays_.push_back(excluded_names_.empty() || !std::regex_search(weight->name, excluded));
    if (options_.use_ema) averages_.push_back(add_variable(like(*weight, {"average"})));
  }
  if (options_.gradient_accumulation_steps) {
    for (const auto& weight : weights) accumulators_.push_back(add_variable(like(*weight, {"gradient_accumulator"})));
  }
  build_slots();
  built_ = true;
}

void OptimizerImpl::build_slots() {
  for (const auto& pass : slots()) {
    for (size_t i = 0; i < weights_.size(); ++i) {
      for (const auto& slot : pass) add_slot(i, like(*weights_[i], slot));
    }
  }
}

// "sequential/dense/kernel" has the slot "sequential_dense_kernel_momentum".
Weight OptimizerImpl::like(const Weight& weight, const Slot& slot) const {
  std::string slot_name = weight.path;
  std::replace(slot_name.begin(), slot_name.end(), '/', '_');
  slot_name += "_" + slot.name;
  return {.name = slot_name,
          .path = name() + "/" + slot_name,
          .tensor = at::full_like(weight.tensor.detach(), slot.initial_value),
          .shape = weight.shape,
          .stored = weight.stored,
          .trainable = false};
}

WeightPtr OptimizerImpl::add_variable(Weight variable) {
  state_.push_back(std::make_shared<Weight>(std::move(variable)));
  return state_.back();
}

void OptimizerImpl::add_slot(size_t index, Weight variable) {
  slots_[index].push_back(add_variable(std::move(variable)));
}

std::vector<WeightPtr> OptimizerImpl::variables() const {
  std::vector<WeightPtr> all{iteration_};
  if (rate_) all.push_back(rate_);
  all.insert(all.end(), state_.begin(), state_.end());
  return all;
}

// Weights mostly come in the order of `build`: `likely` is looked at first.
size_t OptimizerImpl::index_of(const Weight& weight, size_t likely) const {
  if (likely < weights_.size() && weights_[likely]->tensor.is_same(weight.tensor)) return likely;
  for (size_t i = 0; i < weights_.size(); ++i) {
    if (weights_[i]->tensor.is_same(weight.tensor)) return i;
  }
  throw ValueError(
      "Unknown variable: {}, of shape {}. The optimizer {} can only be called for the {} variables it was originally "
      "built with. For a new set of variables create a new optimizer: compile the model again.",
      weight.path, weight.shape, name(), weights_.size());
}

void OptimizerImpl::apply(const std::vector<at::Tensor>& gradients) {
  if (!built_) {
    throw ValueError("The optimizer {} has no weights to apply gradients to. Call `build(weights)` first.", name());
  }
  if (gradients.size() != weights_.size()) {
    throw ValueError("The gradients must match the variables of the optimizer {} one to one. Received {} gradients for "
                     "{} variables.", name(), gradients.size(), weights_.size());
  }
  apply(gradients, weights_);
}

void OptimizerImpl::apply(const std::vector<at::Tensor>& gradients, const std::vector<WeightPtr>& weights) {
  if (gradients.size() != weights.size()) {
    throw ValueError("The optimizer {} expects one gradient for each weight. Received {} gradients and {} weights.",
                     name(), gradients.size(), weights.size());
  }
  if (gradients.empty()) return;
  const at::NoGradGuard no_grad;
  if (!built_) build(weights);
  follow_weights();
  follow_torch();
  auto updates = defined(gradients, weights);
  if (accumulate(updates)) update_weights(updates);
  if (options_.use_ema) update_averages();
  constrain(updates);
  ++raw_iterations();
}

// After `module.to(device)`. The first weight tells, so that a step costs no more than before.
void OptimizerImpl::follow_weights() {
  if (weights_.empty() || weights_.front()->tensor.device() == device_) return;
  device_ = weights_.front()->tensor.device();
  const auto follow = [this](const WeightPtr& variable, size_t index) {
    variable->tensor = variable->tensor.to(weights_[index]->tensor.device());
  };
  for (size_t i = 0; i < weights_.size(); ++i) {
    if (!averages_.empty()) follow(averages_[i], i);
    if (!accumulators_.empty()) follow(accumulators_[i], i);
    for (const WeightPtr& slot : slots_[i]) follow(slot, i);
  }
}

std::vector<OptimizerImpl::Gradient> OptimizerImpl::defined(const std::vector<at::Tensor>& gradients,
                                                            const std::vector<WeightPtr>& weights) {
  std::vector<Gradient> present;
  std::vector<std::string> missing;
  for (size_t i = 0; i < gradients.size(); ++i) {
    const size_t index = index_of(*weights[i], i);
    if (!gradients[i].defined()) {
      missing.push_back(weights[i]->path);
      continue;
    }
    const at::Tensor dense = gradients[i].is_sparse() ? gradients[i].to_dense() : gradients[i];
    present.push_back({index, options_.loss_scale_factor ? dense / *options_.loss_scale_factor : dense});
  }
  if (present.empty()) throw ValueError("No gradients provided for any variable.");
  if (!missing.empty()) warn_of_missing(missing);
  return present;
}

void OptimizerImpl::warn_of_missing(const std::vector<std::string>& paths) {
  if (warned_) return;
  warned_ = true;
  utils::warn(
      fmt::format("Gradients do not exist for variables ['{}'] when minimizing the loss. They stay as they are.",
                  fmt::join(paths, "', '")));
}

// True on a step that updates, for which the gradients become the means of all since the last one.
bool OptimizerImpl::accumulate(std::vector<Gradient>& gradients) const {
  if (!options_.gradient_accumulation_steps) return true;
  const int64_t steps = *options_.gradient_accumulation_steps;
  const bool is_update = (raw_iterations() + 1) % steps == 0;
  for (auto& [index, gradient] : gradients) {
    const at::Tensor& sum = accumulators_[index]->tensor;
    if (is_update) {
      gradient = (gradient + sum) / steps;
    } else {
      sum.add_(gradient);
    }
  }
  if (is_update) {
    for (const auto& accumulator : accumulators_) accumulator->tensor.zero_();
  }
  return is_update;
}

void OptimizerImpl::clip(std::vector<Gradient>& gradients) const {
  const auto& o = options_;
  if (o.clipnorm.value_or(0) > 0) {
    for (auto& gradient : gradients) gradient.tensor = clip_by_norm(gradient.tensor, *o.clipnorm);
  } else if (o.clipvalue.value_or(0) > 0) {
    for (auto& gradient : gradients) gradient.tensor = clip_by_value(gradient.tensor, *o.clipvalue);
  } else if (o.global_clipnorm.value_or(0) > 0) {
    std::vector<at::Tensor> tensors;
    for (const auto& gradient : gradients) tensors.push_back(gradient.tensor);
    const at::Tensor scale = global_clip_scale(tensors, *o.global_clipnorm);
    for (auto& gradient : gradients) gradient.tensor = gradient.tensor * scale;
  }
}

// In the weight's precision, as Keras does; a rate that a function gave is a double there too.
void OptimizerImpl::decay(const std::vector<Gradient>& gradients, double learning_rate) const {
  const bool is_function = options_.learning_rate.function() != nullptr;
  for (const auto& gradient : gradients) {
    const auto decay = weight_decay_of(*weights_[gradient.index]);
    if (!decay || !decays_[gradient.index]) continue;
    const at::Tensor& weight = weights_[gradient.index]->tensor;
    weight.mul_(in_precision_of(weight, [&](auto zero) -> double {
      using Real = decltype(zero);
      if (is_function) return 1.0 - *decay * learning_rate;
      return Real{1} - static_cast<Real>(*decay) * static_cast<Real>(learning_rate);
    }));
  }
}

void OptimizerImpl::update_weights(std::vector<Gradient>& gradients) {
  const Step step{iterations() + 1, current_learning_rate()};
  show_torch(step.learning_rate);
  clip(gradients);
  decay(gradients, step.learning_rate);
  begin_step(step);
  for (const auto& [index, gradient] : gradients) update(step, {*weights_[index], gradient, slots_[index]});
}

// The first average is the weight itself.
void OptimizerImpl::update_averages() const {
  const double momentum = iterations() == 0 ? 0.0 : options_.ema_momentum;
  for (size_t i = 0; i < weights_.size(); ++i) {
    const at::Tensor& weight = weights_[i]->tensor;
    const double rest = in_precision_of(weight, [&](auto zero) -> double {
      return decltype(zero){1} - static_cast<decltype(zero)>(momentum);
    });
    averages_[i]->tensor.mul_(in_precision_of(weight, [&](auto zero) -> double {
      return static_cast<decltype(zero)>(momentum);
    })).add_(weight * rest);
  }
  const int64_t frequency = options_.ema_overwrite_frequency.value_or(0);
  if (frequency > 0 && (iterations() + 1) % frequency == 0) overwrite_with_averages();
}

void OptimizerImpl::overwrite_with_averages() const {
  for (size_t i = 0; i < weights_.size(); ++i) weights_[i]->tensor.copy_(averages_[i]->tensor);
}

void OptimizerImpl::finalize_weights() {
  if (!built_ || !options_.use_ema) return;
  const at::NoGradGuard no_grad;
  overwrite_with_averages();
}

void OptimizerImpl::require_averages() const {
  if (built_ && options_.use_ema) return;
  throw ValueError("SwapEMAWeights must be used when `use_ema=True` is set on the optimizer, and after training has "
                   "begun. Received: use_ema={}", options_.use_ema ? "True" : "False");
}

void OptimizerImpl::swap_averages() {
  require_averages();
  const at::NoGradGuard no_grad;
  for (size_t i = 0; i < weights_.size(); ++i) {
    const at::Tensor before = weights_[i]->tensor.detach().clone();
    weights_[i]->tensor.copy_(averages_[i]->tensor);
    averages_[i]->tensor.copy_(before);
  }
}

void OptimizerImpl::set_averages_to_weights() {
  require_averages();
  const at::NoGradGuard no_grad;
  for (size_t i = 0; i < weights_.size(); ++i) averages_[i]->tensor.copy_(weights_[i]->tensor);
}

void OptimizerImpl::constrain(const std::vector<Gradient>& gradients) const {
  for (const auto& gradient : gradients) {
    const Weight& weight = *weights_[gradient.index];
    if (!weight.constraint) continue;
    const at::Tensor value = weight.in_keras_shape();
    value.copy_((*weight.constraint)->call(value));
  }
}

at::Tensor OptimizerImpl::scale_loss(const at::Tensor& loss) const {
  return options_.loss_scale_factor ? loss * *options_.loss_scale_factor : loss;
}

}  // namespace keraslike::optimizers

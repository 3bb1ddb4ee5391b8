#include "keraslike/training/compiled.h"

#include <algorithm>
#include <map>

#include <ATen/TensorOperators.h>
#include <ATen/ops/scalar_tensor.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "keraslike/utils/errors.h"

namespace keraslike::training {

namespace {

using Names = std::vector<std::string>;

// Keras' keys: a name used before gets a number; a weighted metric's gets "weighted_" first.
class Keys {
 public:
  std::string unweighted(const std::string& prefix, const std::string& name) {
    const int64_t seen = counts_[prefix + name]++;
    return seen == 0 ? prefix + name : fmt::format("{}{}_{}", prefix, name, seen);
  }
  std::string weighted(const std::string& prefix, const std::string& name) {
    return counts_.count(prefix + name) == 0 ? unweighted(prefix, name) : unweighted(prefix, "weighted_" + name);
  }

 private:
  std::map<std::string, int64_t> counts_;
};

std::string quoted(const Names& names) { return fmt::format("['{}']", fmt::join(names, "', '")); }

size_t index_of(const std::string& name, const Names& names, const char* argument) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<size_t>(found - names.begin());
  throw ValueError("`{}` has an entry for '{}', but the model's outputs are {}.", argument, name, quoted(names));
}

// One item per output; `otherwise` where there is none.
template <class Item>
std::vector<Item> spread(const PerOutput<Item>& items, const Names& names, const char* argument, const Item& otherwise) {
  using Form = typename PerOutput<Item>::Form;
  std::vector<Item> result(names.size(), otherwise);
  const auto& entries = items.entries();
  if (items.form() == Form::One) std::fill(result.begin(), result.end(), entries.front().item);
  if (items.form() == Form::Dict) {
    for (const auto& entry : entries) result[index_of(entry.output, names, argument)] = entry.item;
  }
  if (items.form() != Form::List) return result;
  if (entries.size() != names.size()) {
    throw ValueError("`{}` is a list of {} entries, but the model has {} output(s): {}. Give one entry for each, in "
                     "this order.", argument, entries.size(), names.size(), quoted(names));
  }
  for (size_t i = 0; i < names.size(); ++i) result[i] = entries[i].item;
  return result;
}

std::vector<NameOr<Loss>> losses_of(const CompileOptions& options, const Names& names) {
  if (options.loss.form() == LossPerOutput::Form::Dict && options.loss.entries().size() != names.size()) {
    Names given;
    for (const auto& entry : options.loss.entries()) given.push_back(entry.output);
    throw ValueError("Expected keys {} in loss dict, but found loss.keys()={}", quoted(names), quoted(given));
  }
  return spread<NameOr<Loss>>(options.loss, names, "loss", none);
}

std::vector<double> weights_of(const CompileOptions& options, const Names& names) {
  const size_t losses = options.loss.entries().size();
  const size_t weights = options.loss_weights.entries().size();
  if (weights > 0 && losses != weights) {
    throw ValueError("`loss_weights` must match the number of losses, got {} losses and {} weights.", losses, weights);
  }
  return spread(options.loss_weights, names, "loss_weights", 1.0);
}

// All of them are the only output's; else each entry is one output's.
std::vector<MetricsPerOutput::List> metrics_of(const MetricsPerOutput& metrics, const Names& names,
                                               const char* argument) {
  std::vector<MetricsPerOutput::List> result(names.size());
  const auto& entries = metrics.entries();
  const bool is_named = std::any_of(entries.begin(), entries.end(), [](const auto& e) { return !e.output.empty(); });
  if (!is_named && names.size() > 1 && !entries.empty() && entries.size() != names.size()) {
    throw ValueError("Invalid `{}`. `{}` should contain metrics objects and either be a dict or a list matching the "
                     "output names of the functional model {}. Received: a list of {} entries.", argument, argument,
                     quoted(names), entries.size());
  }
  for (size_t i = 0; i < entries.size(); ++i) {
    const auto& entry = entries[i];
    const size_t output = is_named ? index_of(entry.output, names, argument) : names.size() == 1 ? 0 : i;
    for (const auto& metric : entry.metrics) {
      if (metric) result[output].push_back(metric);
    }
  }
  return result;
}

// Of a metric with several results their mean, as Keras' progress bar shows it.
double number_of(const at::Tensor& result) { return (result.dim() == 0 ? result : result.mean()).item<double>(); }

at::Tensor defined_or_empty(const Tensors& tensors, size_t index) {
  return index < tensors.size() ? tensors[index] : at::Tensor();
}

}  // namespace

std::vector<bool> have_losses(const CompileOptions& options, const Names& output_names) {
  std::vector<bool> result;
  for (const auto& loss : losses_of(options, output_names)) result.push_back(!loss.is_none());
  return result;
}

Compiled::Compiled(const CompileOptions& options, const Names& output_names, const std::vector<Shape>& targets,
                   const std::vector<Shape>& outputs) {
  const auto losses = losses_of(options, output_names);
  const auto weights = weights_of(options, output_names);
  Keys keys;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (losses[i].is_none()) continue;
    const Loss loss = losses::for_compile(losses[i], targets[i], outputs[i]);
    // Keras calls two losses of one name the same, so that its logs show the last one alone.
    const std::string& output = output_names[i];
    const std::string key = output.empty() ? keys.unweighted("", loss.name() + "_loss") : output + "_loss";
    losses_.push_back({loss, weights[i], i, key});
  }
  for (const bool weighted : {false, true}) {
    const auto all = weighted ? metrics_of(options.weighted_metrics, output_names, "weighted_metrics")
                              : metrics_of(options.metrics, output_names, "metrics");
    for (size_t i = 0; i < all.size(); ++i) {
      const std::string prefix = outputs.size() > 1 && !output_names[i].empty() ? output_names[i] + "_" : "";
      if (!all[i].empty() && targets[i].empty()) {
        throw ValueError("Output '{}' has metrics but no loss, and so no targets were passed for it. Pass targets for "
                         "all {} outputs.", output_names[i], outputs.size());
      }
      for (const auto& metric : all[i]) {
        const Metric resolved = metrics::for_compile(metric, targets[i], outputs[i]);
        const std::string key =
            weighted ? keys.weighted(prefix, resolved.name()) : keys.unweighted(prefix, resolved.name());
        metrics_.push_back({key, resolved, i, weighted});
      }
    }
  }
}

void Compiled::check(const Tensors& targets, const std::vector<Shape>& outputs) const {
  const auto shapes = shapes_of(targets);
  for (const auto& entry : losses_) {
    entry.loss->check_shapes(shapes[entry.output], outputs[entry.output]);
    entry.loss->check_values(targets[entry.output], outputs[entry.output]);
  }
  for (const auto& entry : metrics_) entry.metric->check_shapes(shapes[entry.output], outputs[entry.output]);
}

at::Tensor Compiled::loss(const Samples& batch, const layers::Values& predictions) {
  at::Tensor total;
  for (auto& entry : losses_) {
    const auto& [prediction, mask] = predictions[entry.output];
    at::Tensor loss = entry.loss(batch.y[entry.output], prediction, defined_or_empty(batch.weights, entry.output), mask);
    if (losses_.size() > 1) entry.mean.update(loss.detach(), static_cast<double>(batch.rows()));
    if (entry.weight != 1.0) loss = loss * entry.weight;
    total = total.defined() ? total + loss : loss;
  }
  return total;
}

void Compiled::update_metrics(const Samples& batch, const layers::Values& predictions) {
  for (const auto& entry : metrics_) {
    const at::Tensor weight = entry.weighted ? defined_or_empty(batch.weights, entry.output) : at::Tensor();
    const auto& [prediction, mask] = predictions[entry.output];
    entry.metric.update_state(batch.y[entry.output], prediction.detach(), weight, mask);
  }
}

void Compiled::update_losses(const std::vector<float>& values, int64_t rows) {
  if (losses_.size() < 2) return;
  for (size_t i = 0; i < losses_.size(); ++i) {
    losses_[i].mean.update(at::scalar_tensor(values[i], at::kFloat), static_cast<double>(rows));
  }
}

void Compiled::update_total(const at::Tensor& total, int64_t rows) {
  total_.update(total.detach(), static_cast<double>(rows));
}

void Compiled::reset() {
  total_.reset_state();
  for (auto& entry : losses_) entry.mean.reset_state();
  for (const auto& entry : metrics_) entry.metric.reset_state();
}

std::vector<std::pair<std::string, double>> Compiled::results() const {
  std::vector<std::pair<std::string, double>> result{{"loss", total_.result().item<double>()}};
  if (losses_.size() > 1) {
    for (const auto& entry : losses_) result.emplace_back(entry.key, entry.mean.result().item<double>());
  }
  for (const auto& entry : metrics_) result.emplace_back(entry.key, number_of(entry.metric.result()));
  return result;
}

metrics::Direction Compiled::direction(const std::string& key) const {
  for (const auto& entry : metrics_) {
    if (entry.key == key) return entry.metric->direction();
  }
  for (const auto& entry : losses_) {
    if (entry.key == key) return metrics::Direction::Down;
  }
  return metrics::Direction::Unknown;
}

}  // namespace keraslike::training

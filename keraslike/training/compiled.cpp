#include "keraslike/training/compiled.h"

#include <map>

#include <ATen/TensorOperators.h>

#include "keraslike/utils/errors.h"

namespace keraslike::training {

namespace {

// Keras' keys: a name used before gets a number; a weighted metric's gets "weighted_" first.
class Keys {
 public:
  std::string unweighted(const std::string& name) {
    const int64_t seen = counts_[name]++;
    return seen == 0 ? name : fmt::format("{}_{}", name, seen);
  }
  std::string weighted(const std::string& name) {
    return counts_.count(name) == 0 ? unweighted(name) : unweighted("weighted_" + name);
  }

 private:
  std::map<std::string, int64_t> counts_;
};

void check_loss_weights(const CompileOptions& options, size_t outputs) {
  if (options.loss_weights.empty() || options.loss_weights.size() == outputs) return;
  throw ValueError("`loss_weights` must match the number of losses, got {} losses and {} weights.", outputs,
                   options.loss_weights.size());
}

at::Tensor defined_or_empty(const Tensors& tensors, size_t index) {
  return index < tensors.size() ? tensors[index] : at::Tensor();
}

}  // namespace

Compiled::Compiled(const CompileOptions& options, const std::vector<std::string>& output_names,
                   const std::vector<Shape>& targets, const std::vector<Shape>& outputs) {
  check_loss_weights(options, outputs.size());
  Keys keys;
  for (size_t i = 0; i < outputs.size(); ++i) {
    CompiledOutput output{.name = output_names[i]};
    if (options.loss) output.loss = losses::for_compile(options.loss, targets[i], outputs[i]);
    if (!options.loss_weights.empty()) output.loss_weight = options.loss_weights[i];
    for (const auto& metric : options.metrics) {
      const Metric resolved = metrics::for_compile(metric, targets[i], outputs[i]);
      output.metrics.push_back({keys.unweighted(resolved.name()), resolved, false});
    }
    for (const auto& metric : options.weighted_metrics) {
      const Metric resolved = metrics::for_compile(metric, targets[i], outputs[i]);
      output.metrics.push_back({keys.weighted(resolved.name()), resolved, true});
    }
    outputs_.push_back(std::move(output));
  }
}

void Compiled::check(const Tensors& targets, const std::vector<Shape>& outputs) const {
  const auto shapes = shapes_of(targets);
  for (size_t i = 0; i < outputs_.size(); ++i) {
    const auto& output = outputs_[i];
    if (output.loss) {
      (*output.loss)->check_shapes(shapes[i], outputs[i]);
      (*output.loss)->check_values(targets[i], outputs[i]);
    }
    for (const auto& metric : output.metrics) metric.metric->check_shapes(shapes[i], outputs[i]);
  }
}

at::Tensor Compiled::loss(const Samples& batch, const Tensors& predictions) {
  at::Tensor total;
  for (size_t i = 0; i < outputs_.size(); ++i) {
    const auto& output = outputs_[i];
    if (!output.loss) continue;
    at::Tensor loss = (*output.loss)(batch.y[i], predictions[i], defined_or_empty(batch.weights, i));
    if (output.loss_weight != 1.0) loss = loss * output.loss_weight;
    total = total.defined() ? total + loss : loss;
  }
  return total;
}

void Compiled::update_metrics(const Samples& batch, const Tensors& predictions) {
  for (size_t i = 0; i < outputs_.size(); ++i) {
    const at::Tensor prediction = predictions[i].detach();
    for (const auto& entry : outputs_[i].metrics) {
      const at::Tensor weight = entry.weighted ? defined_or_empty(batch.weights, i) : at::Tensor();
      entry.metric->update_state(batch.y[i], prediction, weight);
    }
  }
}

void Compiled::update_total(const at::Tensor& total, int64_t rows) {
  total_.update(total.detach(), static_cast<double>(rows));
}

void Compiled::reset() {
  total_.reset_state();
  for (const auto& output : outputs_) {
    for (const auto& entry : output.metrics) entry.metric.reset_state();
  }
}

std::vector<std::pair<std::string, double>> Compiled::results() const {
  std::vector<std::pair<std::string, double>> result{{"loss", total_.result().item<double>()}};
  for (const auto& output : outputs_) {
    for (const auto& entry : output.metrics) result.emplace_back(entry.key, entry.metric.result().item<double>());
  }
  return result;
}

metrics::Direction Compiled::direction(const std::string& key) const {
  for (const auto& output : outputs_) {
    for (const auto& entry : output.metrics) {
      if (entry.key == key) return entry.metric->direction();
    }
  }
  return metrics::Direction::Unknown;
}

}  // namespace keraslike::training

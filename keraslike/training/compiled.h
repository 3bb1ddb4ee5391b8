#pragma once

// For sources.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "keraslike/layers/layer_impl.h"
#include "keraslike/metrics/mean.h"
#include "keraslike/training/batches.h"
#include "keraslike/training/network.h"
#include "keraslike/training/options.h"

namespace keraslike::training {

// A metric and the key under which logs show it.
struct LoggedMetric {
  std::string key;
  Metric metric;
  size_t output;
  bool weighted;
};

// The loss of one output, and its running mean where there are several.
struct CompiledLoss {
  Loss loss;
  double weight;
  size_t output;
  std::string key;
  metrics::MeanImpl mean{std::string("loss")};
};

// What `compile` asked for, resolved against the shapes of outputs and targets
// (keras/src/trainers/compile_utils.py).
class Compiled {
 public:
  // Throws ValueError where a loss or a metric can not be used with these shapes. Changes nothing. An output without
  // targets has an empty shape there.
  Compiled(const CompileOptions& options, const std::vector<std::string>& output_names,
           const std::vector<Shape>& targets, const std::vector<Shape>& outputs);

  // Throws ValueError where targets do not fit, by shape or by value.
  void check(const Tensors& targets, const std::vector<Shape>& outputs) const;

  // The weighted sum of the outputs' losses, which gradients flow through; undefined where there is none.
  at::Tensor loss(const Samples& batch, const layers::Values& predictions);

  const std::vector<CompiledLoss>& losses() const { return losses_; }

  void update_metrics(const Samples& batch, const layers::Values& predictions);
  // The losses of the outputs, before their weights, where a planned step has computed them.
  void update_losses(const std::vector<float>& values, int64_t rows);
  void update_total(const at::Tensor& total, int64_t rows);
  void reset();

  // The loss first, then that of each output where there are several, then the metrics in the order in which they were
  // compiled.
  std::vector<std::pair<std::string, double>> results() const;

  metrics::Direction direction(const std::string& key) const;

 private:
  std::vector<CompiledLoss> losses_;
  std::vector<LoggedMetric> metrics_;
  metrics::MeanImpl total_{std::string("loss")};
};

// Which outputs have a loss, and so need targets. Throws ValueError where the losses do not fit the outputs.
std::vector<bool> have_losses(const CompileOptions& options, const std::vector<std::string>& output_names);

}  // namespace keraslike::training

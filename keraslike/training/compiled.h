#pragma once

// For sources.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "keraslike/metrics/mean.h"
#include "keraslike/training/batches.h"
#include "keraslike/training/network.h"
#include "keraslike/training/options.h"

namespace keraslike::training {

// A metric and the key under which logs show it.
struct LoggedMetric {
  std::string key;
  Metric metric;
  bool weighted;
};

// The loss and the metrics of one output, once its shape and that of its targets are known.
struct CompiledOutput {
  std::string name;
  std::optional<Loss> loss = {};
  double loss_weight = 1.0;
  std::vector<LoggedMetric> metrics = {};
};

// What `compile` asked for, resolved against the shapes of outputs and targets
// (keras/src/trainers/compile_utils.py).
class Compiled {
 public:
  // Throws ValueError where a loss or a metric can not be used with these shapes. Changes nothing.
  Compiled(const CompileOptions& options, const std::vector<std::string>& output_names,
           const std::vector<Shape>& targets, const std::vector<Shape>& outputs);

  // Throws ValueError where targets do not fit, by shape or by value.
  void check(const Tensors& targets, const std::vector<Shape>& outputs) const;

  // The weighted sum of the outputs' losses, which gradients flow through; undefined where there is none.
  at::Tensor loss(const Samples& batch, const Tensors& predictions);

  const std::vector<CompiledOutput>& outputs() const { return outputs_; }

  void update_metrics(const Samples& batch, const Tensors& predictions);
  void update_total(const at::Tensor& total, int64_t rows);
  void reset();

  // Loss first, then the metrics in the order in which they were compiled.
  std::vector<std::pair<std::string, double>> results() const;

  metrics::Direction direction(const std::string& key) const;

 private:
  std::vector<CompiledOutput> outputs_;
  metrics::MeanImpl total_{std::string("loss")};
};

}  // namespace keraslike::training

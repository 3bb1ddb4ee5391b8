#pragma once

#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "keraslike/layers/layer_impl.h"
#include "keraslike/metrics/metric.h"
#include "keraslike/optimizers/optimizer.h"
#include "keraslike/training/batches.h"

namespace keraslike::training {

class Compiled;
class Network;

// What a step has measured: Keras' keys and their values up to now.
using StepLogs = std::vector<std::pair<std::string, double>>;

// One batch in the hands of a step of training or evaluation: the data, and the parts that Keras' own step is made of.
class BatchStep {
 public:
  BatchStep(Network& network, Compiled& compiled, Optimizer optimizer, Samples batch, bool training)
      : network_(network), compiled_(compiled), optimizer_(std::move(optimizer)), batch_(std::move(batch)),
        training_(training) {}

  // Tensors of the batch: one per input, one per output (none where `fit` got no `y`), and the sample weights if any.
  const Samples& batch() const { return batch_; }
  const at::Tensor& x() const { return batch_.x.front(); }
  const at::Tensor& y() const { return batch_.y.front(); }

  // The model's outputs for the batch, with their masks.
  layers::Values forward() const;

  // The losses that `compile` was given, with sample weights, and the penalties of layers and weights: Keras' order.
  // Throws ValueError where there is nothing to sum.
  at::Tensor compute_loss(const layers::Values& predictions);

  // Counts a loss into the mean that logs show as "loss".
  void update_loss(const at::Tensor& loss);

  // Forgets the gradients of before, computes those of the weights that train, and lets the optimizer take its step.
  void apply_gradients(const at::Tensor& loss);

  // Counts the batch into the metrics that `compile` was given.
  void update_metrics(const layers::Values& predictions);

  // The mean loss and the compiled metrics.
  StepLogs results() const;

  // All of it in Keras' order: what `fit` and `evaluate` do with a batch.
  void train();
  void test();

 private:
  Network& network_;
  Compiled& compiled_;
  Optimizer optimizer_;
  Samples batch_;
  bool training_;
};

// Of a model that decides for itself what happens with a batch.
class OwnSteps {
 public:
  virtual ~OwnSteps() = default;

  // What is returned is logged; of an epoch, what the last batch returned.
  virtual StepLogs train_step(BatchStep& step) = 0;
  virtual StepLogs test_step(BatchStep& step) = 0;

  // Those besides the compiled ones, which start afresh in each epoch.
  virtual std::vector<Metric> metrics() const { return {}; }
};

}  // namespace keraslike::training

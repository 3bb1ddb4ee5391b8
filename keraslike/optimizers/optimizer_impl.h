#pragma once

#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "keraslike/layers/weight.h"
#include "keraslike/optimizers/optimizer.h"

namespace keraslike::optimizers {

// What every optimizer shares: iterations, learning rate or schedule, clipping, weight decay, moving averages and
// gradient accumulation (keras/src/optimizers/base_optimizer.py). A subclass is its slots and its rule.
class OptimizerImpl {
 public:
  virtual ~OptimizerImpl() = default;

  virtual void fields(Fields& field);

  // Takes the weights to train and makes the slots; once.
  void build(const std::vector<layers::WeightPtr>& weights);
  bool built() const;

  // One step from one gradient per weight, in the order of `build`; an undefined tensor where there is none.
  void apply(const std::vector<at::Tensor>& gradients);

  // Ends training: with `use_ema`, the weights become their averages.
  void finalize_weights();

  // The state in Keras' saved order: iteration, learning_rate, averages, accumulators, slots.
  std::vector<layers::WeightPtr> variables() const;

  virtual torch::optim::Optimizer& torch() = 0;
};

}  // namespace keraslike::optimizers

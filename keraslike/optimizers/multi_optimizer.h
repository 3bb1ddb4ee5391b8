#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keraslike/optimizers/optimizer.h"

namespace keraslike::optimizers {

// Which optimizer updates which weight: `OptimizerMap(SGD(0.1), {{"encoder/.*", Adam()}})`. A key is a weight's path,
// "encoder/kernel", or a regular expression that matches the whole path. As in Keras, paths in a Sequential begin with
// its name, and no longer do once it was loaded from a file: "(.*/)?encoder/.*" fits both.
class OptimizerMap {
 public:
  using Items = std::vector<std::pair<std::string, Optimizer>>;

  // Throws ValueError where two keys are the same, an optimizer is itself a LossScaleOptimizer or a MultiOptimizer, or
  // a key is no regular expression.
  explicit OptimizerMap(Optimizer default_optimizer, Items optimizer_map = {});

  // Adds a key, under the same conditions.
  void set(const std::string& key, Optimizer optimizer);

  // The optimizer for a path: that of the key which is the path itself, else of the only one that matches it, else the
  // default. Throws ValueError where several match.
  const Optimizer& operator[](const std::string& path) const;

  const Optimizer& default_optimizer() const { return default_optimizer_; }
  const Items& items() const { return items_; }

 private:
  Optimizer default_optimizer_;
  Items items_;
};

struct MultiOptimizerOptions {
  std::optional<double> loss_scale_factor = {};  // takes the place of the inner optimizers' own
  std::string name = {};
};

// Shares the weights among several optimizers, each with a learning rate, clipping, averages and iterations of its own:
//
//   MultiOptimizer(OptimizerMap(SGD(0.1), {{"encoder/.*", Adam()}}))
//   MultiOptimizer([=](const std::string& path) { return path.starts_with("encoder/") ? adam : sgd; })
//
// It has no learning rate of its own: reading or setting it throws ValueError, and so does
// `exclude_from_weight_decay`; go to `optimizers()`. The callbacks LearningRateScheduler and ReduceLROnPlateau do that,
// and log "learning_rate_" and the name of each. A function is asked once for each weight, when training begins; no
// file holds one, so saving a model that was compiled with it throws ValueError.
class MultiOptimizer : public Optimizer {
 public:
  using Choice = std::function<Optimizer(const std::string& path)>;

  explicit MultiOptimizer(OptimizerMap optimizer_map, MultiOptimizerOptions options = {});
  explicit MultiOptimizer(Choice optimizer_map, MultiOptimizerOptions options = {});
};

}  // namespace keraslike::optimizers

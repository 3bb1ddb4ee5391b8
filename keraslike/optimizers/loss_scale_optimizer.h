#pragma once

#include <cstdint>
#include <string>

#include "keraslike/optimizers/optimizer.h"

namespace keraslike::optimizers {

struct LossScaleOptimizerOptions {
  double initial_scale = 32768.0;
  int64_t dynamic_growth_steps = 2000;
  std::string name = {};
};

// Keeps gradients in float16 from becoming 0: the loss is multiplied by a scale before gradients are taken, and they
// are divided by it before the inner optimizer sees them. A step with a gradient that is not finite changes no weight
// and halves the scale; after so many finite steps in a row it doubles. `compile` wraps its optimizer in one where the
// model's policy is "mixed_float16", unless `.auto_scale_loss = false`.
class LossScaleOptimizer : public Optimizer {
 public:
  explicit LossScaleOptimizer(NameOr<Optimizer> inner_optimizer, LossScaleOptimizerOptions options = {});
};

}  // namespace keraslike::optimizers

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "keraslike/optimizers/learning_rate.h"
#include "keraslike/utils/handle.h"
#include "keraslike/utils/name_or.h"
#include "keraslike/utils/none.h"
#include "keraslike/utils/tensor_fwd.h"

namespace keraslike {

class Fields;

namespace optimizers {

class OptimizerImpl;

// Updates weights from gradients by Keras' rules. Underneath is a `torch::optim::Optimizer`, which `torch()` hands out.
class Optimizer : public Handle<OptimizerImpl> {
 public:
  using Handle::Handle;

  const std::string& name() const;

  // The rate of the next step, rounded to `config::floatx()` as Keras keeps it. Setting a number where a schedule
  // decides throws ValueError, as in Keras; a schedule or a function may replace anything.
  double learning_rate() const;
  void set_learning_rate(LearningRate learning_rate) const;

  // The optimizers of a MultiOptimizer, which share its weights; empty for any other.
  std::vector<Optimizer> optimizers() const;

  // Updates made so far; with gradient accumulation, the number of real updates.
  int64_t iterations() const;

  // Weights whose name contains one of these (as regular expressions) keep out of `weight_decay`. Before the first
  // step.
  void exclude_from_weight_decay(const std::vector<std::string>& names) const;

  // The LibTorch optimizer that this is; its `step()` follows Keras' rule. Include keraslike/torch.h to use it.
  torch::optim::Optimizer& torch() const;
};

}  // namespace optimizers

using optimizers::Optimizer;

template <>
Registry<optimizers::OptimizerImpl>& registry();

}  // namespace keraslike

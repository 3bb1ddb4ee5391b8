#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "keraslike/utils/handle.h"
#include "keraslike/utils/name_or.h"
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

  // The rate of the next step. Setting one where a schedule decides throws ValueError, as in Keras.
  double learning_rate() const;
  void set_learning_rate(double learning_rate) const;

  // Updates made so far; with gradient accumulation, the number of real updates.
  int64_t iterations() const;

  // The LibTorch optimizer that this is; its `step()` follows Keras' rule. Include keraslike/torch.h to use it.
  torch::optim::Optimizer& torch() const;
};

}  // namespace optimizers

using optimizers::Optimizer;

template <>
Registry<optimizers::OptimizerImpl>& registry();

}  // namespace keraslike

#pragma once

#include "keraslike/losses/loss.h"
#include "keraslike/losses/options.h"

namespace keraslike::losses {

// A loss from a function of (y_true, y_pred) that returns the loss per sample. Ranks are aligned before it is called.
// Passing the function itself where a loss is asked for does the same with the default options.
class LossFunctionWrapper : public Loss {
 public:
  explicit LossFunctionWrapper(Function function, LossOptions options = {});
};

}  // namespace keraslike::losses

#pragma once

#include "keraslike/losses/loss.h"
#include "keraslike/losses/options.h"

namespace keraslike::losses {

// Targets are -1 and 1; where all of a batch are 0 and 1 they are taken as -1 and 1.

// mean(max(1 - y_true y_pred, 0))
at::Tensor hinge(const at::Tensor& y_true, const at::Tensor& y_pred);

class Hinge : public Loss {
 public:
  explicit Hinge(LossOptions options = {});
};

// mean(max(1 - y_true y_pred, 0)^2)
at::Tensor squared_hinge(const at::Tensor& y_true, const at::Tensor& y_pred);

class SquaredHinge : public Loss {
 public:
  explicit SquaredHinge(LossOptions options = {});
};

// max(neg - pos + 1, 0) with pos = sum(y_true y_pred) and neg = max((1 - y_true) y_pred), for one-hot targets.
at::Tensor categorical_hinge(const at::Tensor& y_true, const at::Tensor& y_pred);

class CategoricalHinge : public Loss {
 public:
  explicit CategoricalHinge(LossOptions options = {});
};

}  // namespace keraslike::losses

#pragma once

#include "keraslike/losses/loss.h"
#include "keraslike/losses/options.h"

namespace keraslike::losses {

// sum(y_true log(y_true / y_pred)), both clipped to [1e-7, 1]
at::Tensor kl_divergence(const at::Tensor& y_true, const at::Tensor& y_pred);

class KLDivergence : public Loss {
 public:
  explicit KLDivergence(LossOptions options = {});
};

// mean(y_pred - y_true log(y_pred + 1e-7)): targets are counts, outputs their expected values.
at::Tensor poisson(const at::Tensor& y_true, const at::Tensor& y_pred);

class Poisson : public Loss {
 public:
  explicit Poisson(LossOptions options = {});
};

}  // namespace keraslike::losses

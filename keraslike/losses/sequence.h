#pragma once

#include "keraslike/losses/loss.h"
#include "keraslike/losses/options.h"

namespace keraslike::losses {

// Minus the log of the probability that the steps of `y_pred`, logits (batch, steps, classes), spell the labels of
// `y_true`, (batch, labels): repeated classes read as one, class 0 is the blank between labels, and zeros fill up rows
// of fewer labels. Infinite where the labels do not fit into the steps.
at::Tensor ctc(const at::Tensor& y_true, const at::Tensor& y_pred);

// Connectionist temporal classification: learns a sequence of labels without being told at which steps they stand.
class CTC : public Loss {
 public:
  explicit CTC(LossOptions options = {});
};

}  // namespace keraslike::losses

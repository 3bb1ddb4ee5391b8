#pragma once

#include <optional>
#include <string>

#include "keraslike/losses/loss.h"
#include "keraslike/utils/dtype_policy.h"

namespace keraslike::losses {

// (1 - p^q) / q, p being the probability of the target's class: between crossentropy (q towards 0) and mean absolute
// error (q towards 1), for targets with mistakes in them. Targets are class numbers, as for sparse crossentropy.
at::Tensor categorical_generalized_cross_entropy(const at::Tensor& y_true, const at::Tensor& y_pred, double q = 0.5);

struct CategoricalGeneralizedCrossEntropyOptions {
  double q = 0.5;
  std::string reduction = "sum_over_batch_size";
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

class CategoricalGeneralizedCrossEntropy : public Loss {
 public:
  explicit CategoricalGeneralizedCrossEntropy(CategoricalGeneralizedCrossEntropyOptions options = {});
};

}  // namespace keraslike::losses

#pragma once

#include <optional>
#include <string>

#include "keraslike/utils/dtype_policy.h"

namespace keraslike::losses {

// `reduction` says what becomes of the losses per sample: "sum_over_batch_size" and "mean" average them, "sum" adds
// them, "mean_with_sample_weight" divides by the sum of the sample weights, "none" leaves them.
struct LossOptions {
  std::string reduction = "sum_over_batch_size";
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

}  // namespace keraslike::losses

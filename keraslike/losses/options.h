#pragma once

#include <string>

namespace keraslike::losses {

// `reduction` says what becomes of the losses per sample: "sum_over_batch_size" and "mean" average them, "sum" adds
// them, "mean_with_sample_weight" divides by the sum of the sample weights, "none" leaves them.
struct LossOptions {
  std::string reduction = "sum_over_batch_size";
  std::string name = {};
};

}  // namespace keraslike::losses

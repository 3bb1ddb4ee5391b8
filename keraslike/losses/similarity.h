#pragma once

#include <optional>
#include <string>

#include "keraslike/losses/loss.h"
#include "keraslike/utils/dtype_policy.h"

namespace keraslike::losses {

struct CircleArguments {
  double gamma = 80.0;
  double margin = 0.4;
  bool remove_diagonal = true;
};

// softplus(log(sum over others of one class of exp(-gamma a (margin - d))) + log(sum over those of other classes of
// exp(gamma b (1 - margin - d)))) per sample, with the cosine distance d = max(1 - y_pred . y_pred, 0), a = margin + d
// and b = max(1 + margin - d, 0): https://arxiv.org/abs/2002.10857. `y_true` are class numbers (batch,) or (batch, 1),
// `y_pred` embeddings (batch, n) of length 1. Without `remove_diagonal` a sample is compared with itself too.
at::Tensor circle(const at::Tensor& y_true, const at::Tensor& y_pred, CircleArguments arguments = {});

struct CircleOptions {
  double gamma = 80.0;
  double margin = 0.4;
  bool remove_diagonal = true;
  std::string reduction = "sum_over_batch_size";
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

// Pulls embeddings of one class together and those of others apart. As in Keras, samples whose loss is 0 do not count
// in a mean. UnitNormalization as the model's last layer gives embeddings their length.
class Circle : public Loss {
 public:
  explicit Circle(CircleOptions options = {});
};

}  // namespace keraslike::losses

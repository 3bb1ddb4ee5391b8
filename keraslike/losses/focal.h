#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/losses/loss.h"
#include "keraslike/utils/dtype_policy.h"

namespace keraslike::losses {

// Crossentropies that weigh what is already right less: by (1 - p)^gamma, p being the probability given to the target.

struct BinaryFocalArguments {
  bool apply_class_balancing = false;
  double alpha = 0.25;
  double gamma = 2.0;
  bool from_logits = false;
  double label_smoothing = 0.0;
  int64_t axis = -1;
};

// With `apply_class_balancing`, targets of 1 weigh `alpha` and targets of 0 weigh 1 - alpha; else `alpha` is not used.
at::Tensor binary_focal_crossentropy(const at::Tensor& y_true, const at::Tensor& y_pred,
                                     BinaryFocalArguments arguments = {});

struct BinaryFocalCrossentropyOptions {
  bool apply_class_balancing = false;
  double alpha = 0.25;
  double gamma = 2.0;
  bool from_logits = false;
  double label_smoothing = 0.0;
  int64_t axis = -1;
  std::string reduction = "sum_over_batch_size";
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

class BinaryFocalCrossentropy : public Loss {
 public:
  explicit BinaryFocalCrossentropy(BinaryFocalCrossentropyOptions options = {});
};

struct CategoricalFocalArguments {
  double alpha = 0.25;
  double gamma = 2.0;
  bool from_logits = false;
  double label_smoothing = 0.0;
  int64_t axis = -1;
};

// alpha sum((1 - y_pred)^gamma (-y_true log(y_pred))) over the axis, for one-hot targets.
at::Tensor categorical_focal_crossentropy(const at::Tensor& y_true, const at::Tensor& y_pred,
                                          CategoricalFocalArguments arguments = {});

struct CategoricalFocalCrossentropyOptions {
  double alpha = 0.25;
  double gamma = 2.0;
  bool from_logits = false;
  double label_smoothing = 0.0;
  int64_t axis = -1;
  std::string reduction = "sum_over_batch_size";
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

class CategoricalFocalCrossentropy : public Loss {
 public:
  explicit CategoricalFocalCrossentropy(CategoricalFocalCrossentropyOptions options = {});
};

}  // namespace keraslike::losses

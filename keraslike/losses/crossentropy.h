#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/losses/loss.h"
#include "keraslike/utils/dtype_policy.h"

namespace keraslike::losses {

// Outputs are probabilities, or, with `from_logits`, what a softmax or sigmoid would make them from. Probabilities are
// clipped to [1e-7, 1 - 1e-7], so one that is certain has no gradient: prefer logits where a model may become so.

struct CrossentropyArguments {
  bool from_logits = false;
  double label_smoothing = 0.0;
  int64_t axis = -1;
};

// -mean(y_true log(y_pred) + (1 - y_true) log(1 - y_pred)) over the axis
at::Tensor binary_crossentropy(const at::Tensor& y_true, const at::Tensor& y_pred,
                               CrossentropyArguments arguments = {});

struct BinaryCrossentropyOptions {
  bool from_logits = false;
  double label_smoothing = 0.0;
  int64_t axis = -1;
  std::string reduction = "sum_over_batch_size";
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

class BinaryCrossentropy : public Loss {
 public:
  explicit BinaryCrossentropy(BinaryCrossentropyOptions options = {});
};

// -sum(y_true log(y_pred)) over the axis, for targets that are one-hot or probabilities. Outputs are first divided by
// their sum.
at::Tensor categorical_crossentropy(const at::Tensor& y_true, const at::Tensor& y_pred,
                                    CrossentropyArguments arguments = {});

struct CategoricalCrossentropyOptions {
  bool from_logits = false;
  double label_smoothing = 0.0;
  int64_t axis = -1;
  std::string reduction = "sum_over_batch_size";
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

class CategoricalCrossentropy : public Loss {
 public:
  explicit CategoricalCrossentropy(CategoricalCrossentropyOptions options = {});
};

struct SparseCrossentropyArguments {
  bool from_logits = false;
  std::optional<int64_t> ignore_class = std::nullopt;
  int64_t axis = -1;
};

// Categorical crossentropy for targets that are class numbers: (batch, ...) or (batch, ..., 1) for outputs
// (batch, ..., classes). Targets equal to `ignore_class` cost nothing, and a mean does not count them.
at::Tensor sparse_categorical_crossentropy(const at::Tensor& y_true, const at::Tensor& y_pred,
                                           SparseCrossentropyArguments arguments = {});

struct SparseCategoricalCrossentropyOptions {
  bool from_logits = false;
  std::optional<int64_t> ignore_class = std::nullopt;
  std::string reduction = "sum_over_batch_size";
  int64_t axis = -1;
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

class SparseCategoricalCrossentropy : public Loss {
 public:
  explicit SparseCategoricalCrossentropy(SparseCategoricalCrossentropyOptions options = {});
};

}  // namespace keraslike::losses

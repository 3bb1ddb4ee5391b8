#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keraslike/losses/loss.h"
#include "keraslike/utils/dtype_policy.h"

namespace keraslike::losses {

// Overlaps of targets and outputs, for masks of images. Sums run over the axes in `axis`, over all of them, the batch
// included, where it is empty; the loss is then one number for the batch.

// 1 - 2 sum(y_true y_pred) / (sum(y_true) + sum(y_pred) + 1e-7)
at::Tensor dice(const at::Tensor& y_true, const at::Tensor& y_pred, const std::vector<int64_t>& axis = {});

struct DiceOptions {
  std::string reduction = "sum_over_batch_size";
  std::vector<int64_t> axis = {};
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

class Dice : public Loss {
 public:
  explicit Dice(DiceOptions options = {});
};

struct TverskyArguments {
  double alpha = 0.5;
  double beta = 0.5;
  std::vector<int64_t> axis = {};
};

// 1 - I / (I + alpha sum((1 - y_pred) y_true) + beta sum(y_pred (1 - y_true)) + 1e-7) with I = sum(y_true y_pred).
// As in Keras 3.15, `alpha` weighs what is missed and `beta` what is wrongly found.
at::Tensor tversky(const at::Tensor& y_true, const at::Tensor& y_pred, const TverskyArguments& arguments = {});

struct TverskyOptions {
  double alpha = 0.5;
  double beta = 0.5;
  std::string reduction = "sum_over_batch_size";
  std::vector<int64_t> axis = {};
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

class Tversky : public Loss {
 public:
  explicit Tversky(TverskyOptions options = {});
};

}  // namespace keraslike::losses

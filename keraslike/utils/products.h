#pragma once

// Matrix products of float32 for planned steps. For sources.

#include <vector>

#include <ATen/core/Tensor.h>

#include "keraslike/utils/products_table.h"

namespace keraslike::utils::products {

// target (rows, columns) = a (rows, depth) . b (depth, columns) + bias, which may be undefined. a and b may be
// transposed views; the target's rows are dense.
//
// On processors with AVX2 or AVX-512 the products of a training step are computed here, on as many of LibTorch's
// threads as are worth it; all others are LibTorch's. BLAS libraries keep threads of their own, which for products of
// this size cost more than they save, and which look for work on the cores that others need.
void multiply(const at::Tensor& a, const at::Tensor& b, const at::Tensor& bias, const at::Tensor& target);

// Whether this processor has such products.
bool available();

// A matrix (depth, columns) laid out for products that repeat, such as those of each step of a sequence; for processors
// that have them.
class Packed {
 public:
  Packed(int64_t depth, int64_t columns);

  void pack(const Operand& b);

  // target (rows, columns) = a (rows, depth) . this, plus the target with `add`; on this thread.
  void multiply(const Operand& a, const Target& target, int64_t rows, bool add) const;

 private:
  int64_t depth_;
  int64_t columns_;
  std::vector<float> values_;
};

}  // namespace keraslike::utils::products

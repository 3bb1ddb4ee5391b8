#pragma once

// Matrix products of float32 for planned steps. For sources.

#include <vector>

#include <ATen/core/Tensor.h>

#include "keraslike/utils/products_table.h"

namespace keraslike::utils::products {

// target (rows, columns) = a (rows, depth) . b (depth, columns) + bias, which may be undefined. a and b may be
// transposed views; the target's rows are dense. All stay where they are in memory.
//
// On processors with AVX2 or AVX-512 the products of a training step are computed here, on as many of keraslike's
// threads as are worth it; on others they are LibTorch's. BLAS libraries keep threads of their own, which for products
// of this size cost more than they save, and which look for work on the cores that others need.
class Product {
 public:
  Product() = default;
  Product(const at::Tensor& a, const at::Tensor& b, const at::Tensor& bias, const at::Tensor& target);

  // Each thread then passes what it computed through `finish`, while it is in its cache.
  using Finish = void (*)(const float* x, float* y, int64_t count);
  void run(Finish finish = nullptr) const;

  bool defined() const { return target_.data != nullptr; }

 private:
  enum class Way { Blas, Dots, Direct, Packed };

  // Rows from `row` on and columns from `column` on.
  struct Part {
    int64_t row, rows, column, columns;
  };

  static Way way_for(const Operand& a, const Operand& b, const Size& size);
  void run_blas(Finish finish) const;
  void run_part(const Part& part, Finish finish) const;
  void run_panels(const Part& part) const;

  Way way_ = Way::Blas;
  Operand a_, b_;
  const float* bias_ = nullptr;
  Target target_;
  Size size_;
  at::Tensor tensors_[4];
};

// The same at once.
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

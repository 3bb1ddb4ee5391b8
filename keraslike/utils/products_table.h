#pragma once

// Matrix products of float32 as loops over memory, and one table of them for each generation of processors.
// For sources.

#include <cstdint>

namespace keraslike::utils::products {

// A matrix in memory, transposed or not.
struct Operand {
  const float* data = nullptr;
  int64_t row_stride = 0;
  int64_t column_stride = 0;
};

// Rows of a result, whose columns lie side by side.
struct Target {
  float* data = nullptr;
  int64_t row_stride = 0;
};

struct Size {
  int64_t rows = 0;
  int64_t depth = 0;
  int64_t columns = 0;
};

// What is added to a product: what was in the target, or else the bias unless that is null.
struct Start {
  const float* bias = nullptr;
  bool add = false;
};

struct Table {
  int64_t lanes;  // numbers in a vector
  int64_t panel;  // columns that are computed together

  // Lays `columns` columns of b, at most a panel, one row after the other. Rows are so far apart that they end with a
  // vector.
  void (*pack)(const Operand& b, int64_t depth, int64_t columns, float* packed);

  // target (rows, columns) = a (rows, depth) . b, at most a panel wide. The rows of b are `b_stride` apart, and the
  // columns in one lie side by side.
  void (*multiply)(const Operand& a, const float* b, int64_t b_stride, const Start& start, const Target& target,
                   const Size& size);

  // The same by dot products, for few rows or few columns: along the depth both a and b lie side by side.
  void (*dots)(const Operand& a, const Operand& b, const float* bias, const Target& target, const Size& size);
};

#if defined(__x86_64__)
extern const Table haswell;
extern const Table skylake_avx512;
#endif

}  // namespace keraslike::utils::products

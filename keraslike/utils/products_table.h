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

struct Table {
  int64_t panel;  // columns that are computed together

  // Lays `columns` columns of b, at most a panel, one row after the other into memory of depth * panel numbers.
  void (*pack)(const Operand& b, int64_t depth, int64_t columns, float* packed);

  // target (rows, columns) = a (rows, depth) . packed, plus what was in the target with `add`, else plus the bias
  // unless that is null.
  void (*multiply)(const Operand& a, const float* packed, const float* bias, const Target& target, int64_t rows,
                   int64_t depth, int64_t columns, bool add);
};

#if defined(__x86_64__)
extern const Table haswell;
extern const Table skylake_avx512;
#endif

}  // namespace keraslike::utils::products

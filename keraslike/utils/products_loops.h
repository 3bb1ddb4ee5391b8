// For sources. The loops of matrix products, compiled once for each generation of processors: products_haswell.cpp and
// its neighbour define KERASLIKE_PRODUCTS as the name of the table and include this. It uses no function of any other
// header but lanes.h: the linker could otherwise take the copy that needs the newest processor for all.

#include "keraslike/utils/lanes.h"
#include "keraslike/utils/products_table.h"

namespace keraslike::utils::products {

namespace {

constexpr int kMostVectors = kLanes == 16 ? 3 : 2;
constexpr int kMostRows = kLanes == 16 ? 8 : 4;

// Part of a matrix.
inline Operand from(const Operand& of, int64_t row, int64_t column) {
  return {of.data + row * of.row_stride + column * of.column_stride, of.row_stride, of.column_stride};
}

// Some rows of a times one panel: all sums stay in registers.
template <int kRows, int kVectors>
void tile(const Operand& a, const float* packed, const float* bias, const Target& target, int64_t depth,
          int64_t columns, bool add) {
  Floats sums[kRows][kVectors];
#pragma GCC unroll 8
  for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 4
    for (int i = 0; i < kVectors; ++i) {
      const float* const before = add ? target.data + row * target.row_stride : bias;
      sums[row][i] = before == nullptr ? Floats{} : load(before + i * kLanes, columns - i * kLanes);
    }
  }
  const float* values = a.data;
  for (int64_t k = 0; k < depth; ++k, packed += kVectors * kLanes, values += a.column_stride) {
    Floats b[kVectors];
#pragma GCC unroll 4
    for (int i = 0; i < kVectors; ++i) b[i] = load(packed + i * kLanes);
#pragma GCC unroll 8
    for (int row = 0; row < kRows; ++row) {
      const float value = values[row * a.row_stride];
#pragma GCC unroll 4
      for (int i = 0; i < kVectors; ++i) sums[row][i] += value * b[i];
    }
  }
#pragma GCC unroll 8
  for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 4
    for (int i = 0; i < kVectors; ++i) {
      store(sums[row][i], target.data + row * target.row_stride + i * kLanes, columns - i * kLanes);
    }
  }
}

// From `begin` on as many rows as there are in groups of kRows.
template <int kRows, int kVectors>
int64_t tiles(int64_t begin, const Operand& a, const float* packed, const float* bias, const Target& target,
              int64_t rows, int64_t depth, int64_t columns, bool add) {
  for (; begin + kRows <= rows; begin += kRows) {
    tile<kRows, kVectors>(from(a, begin, 0), packed, bias,
                          {target.data + begin * target.row_stride, target.row_stride}, depth, columns, add);
  }
  return begin;
}

template <int kVectors>
void multiply_vectors(const Operand& a, const float* packed, const float* bias, const Target& target, int64_t rows,
                      int64_t depth, int64_t columns, bool add) {
  int64_t row = tiles<kMostRows, kVectors>(0, a, packed, bias, target, rows, depth, columns, add);
  row = tiles<4, kVectors>(row, a, packed, bias, target, rows, depth, columns, add);
  row = tiles<2, kVectors>(row, a, packed, bias, target, rows, depth, columns, add);
  tiles<1, kVectors>(row, a, packed, bias, target, rows, depth, columns, add);
}

void multiply_panel(const Operand& a, const float* packed, const float* bias, const Target& target, int64_t rows,
                    int64_t depth, int64_t columns, bool add) {
  const int64_t vectors = (columns + kLanes - 1) / kLanes;
  if (vectors == 1) return multiply_vectors<1>(a, packed, bias, target, rows, depth, columns, add);
  if (vectors == 2) return multiply_vectors<2>(a, packed, bias, target, rows, depth, columns, add);
  if constexpr (kMostVectors > 2) multiply_vectors<3>(a, packed, bias, target, rows, depth, columns, add);
}

// The i-th of two vectors shuffled like cards: their lower halves for 0, their upper halves for 1.
inline Floats riffled(Floats first, Floats second, int half) {
  Ints order;
  for (int i = 0; i < kLanes; ++i) order[i] = half * kLanes / 2 + i / 2 + (i % 2) * kLanes;
#if defined(__clang__)
  Floats result;
  for (int i = 0; i < kLanes; ++i) result[i] = order[i] < kLanes ? first[order[i]] : second[order[i] - kLanes];
  return result;
#else
  return __builtin_shuffle(first, second, order);
#endif
}

// A square of kLanes columns that lie in memory as rows. Riffled as often as kLanes can be halved it is transposed.
void pack_square(const float* from, int64_t stride, float* packed, int64_t packed_stride) {
  Floats lines[kLanes];
  Floats next[kLanes];
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) lines[i] = load(from + i * stride);
#pragma GCC unroll 4
  for (int round = 1; round < kLanes; round *= 2) {
#pragma GCC unroll 8
    for (int i = 0; i < kLanes / 2; ++i) {
      next[2 * i] = riffled(lines[i], lines[i + kLanes / 2], 0);
      next[2 * i + 1] = riffled(lines[i], lines[i + kLanes / 2], 1);
    }
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) lines[i] = next[i];
  }
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) __builtin_memcpy(packed + i * packed_stride, &lines[i], sizeof(Floats));
}

// One vector's columns; beyond `columns` there is 0.
void pack_vector(const Operand& b, int64_t depth, int64_t columns, float* packed, int64_t packed_stride) {
  if (b.column_stride == 1) {
    for (int64_t k = 0; k < depth; ++k) {
      const Floats values = load(b.data + k * b.row_stride, columns);
      __builtin_memcpy(packed + k * packed_stride, &values, sizeof(values));
    }
    return;
  }
  int64_t k = 0;
  for (; b.row_stride == 1 && columns >= kLanes && k + kLanes <= depth; k += kLanes) {
    pack_square(b.data + k, b.column_stride, packed + k * packed_stride, packed_stride);
  }
  for (; k < depth; ++k) {
    for (int64_t i = 0; i < kLanes; ++i) packed[k * packed_stride + i] = i < columns ? *from(b, k, i).data : 0.0F;
  }
}

void pack_panel(const Operand& b, int64_t depth, int64_t columns, float* packed) {
  const int64_t vectors = (columns + kLanes - 1) / kLanes;
  for (int64_t i = 0; i < vectors; ++i) {
    pack_vector(from(b, 0, i * kLanes), depth, columns - i * kLanes, packed + i * kLanes,
                vectors * kLanes);
  }
}

}  // namespace

extern const Table KERASLIKE_PRODUCTS;
const Table KERASLIKE_PRODUCTS{kLanes * kMostVectors, pack_panel, multiply_panel};

}  // namespace keraslike::utils::products

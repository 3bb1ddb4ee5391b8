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
inline Target from(const Target& of, int64_t row, int64_t column) {
  return {of.data + row * of.row_stride + column, of.row_stride};
}

// Rows of b side by side, some vectors wide, of which the last may be part of one.
struct Panel {
  const float* data;
  int64_t stride;
  Mask last;
};

template <int kVectors>
inline Floats load_vector(const float* row, int i, Mask last) {
  return i + 1 < kVectors ? load(row + i * kLanes) : load(row + i * kLanes, last);
}

// Some rows of a times one panel: all sums stay in registers.
template <int kRows, int kVectors>
inline void tile(const Operand& a, Panel b, const Start& start, const Target& target, int64_t depth) {
  Floats sums[kRows][kVectors];
#pragma GCC unroll 8
  for (int row = 0; row < kRows; ++row) {
    const float* const before = start.add ? target.data + row * target.row_stride : start.bias;
#pragma GCC unroll 4
    for (int i = 0; i < kVectors; ++i) {
      sums[row][i] = before == nullptr ? Floats{} : load_vector<kVectors>(before, i, b.last);
    }
  }
  const float* values = a.data;
  for (int64_t k = 0; k < depth; ++k, b.data += b.stride, values += a.column_stride) {
    Floats line[kVectors];
#pragma GCC unroll 4
    for (int i = 0; i < kVectors; ++i) line[i] = load_vector<kVectors>(b.data, i, b.last);
#pragma GCC unroll 8
    for (int row = 0; row < kRows; ++row) {
      const float value = values[row * a.row_stride];
#pragma GCC unroll 4
      for (int i = 0; i < kVectors; ++i) sums[row][i] += value * line[i];
    }
  }
#pragma GCC unroll 8
  for (int row = 0; row < kRows; ++row) {
    float* const to = target.data + row * target.row_stride;
#pragma GCC unroll 4
    for (int i = 0; i + 1 < kVectors; ++i) store(sums[row][i], to + i * kLanes);
    store(sums[row][kVectors - 1], to + (kVectors - 1) * kLanes, b.last);
  }
}

// From `row` on as many rows as there are in groups of kRows.
template <int kRows, int kVectors>
int64_t tiles(int64_t row, const Operand& a, const Panel& b, const Start& start, const Target& target,
              const Size& size) {
  for (; row + kRows <= size.rows; row += kRows) {
    tile<kRows, kVectors>(from(a, row, 0), b, start, from(target, row, 0), size.depth);
  }
  return row;
}

template <int kVectors>
void multiply_vectors(const Operand& a, const Panel& b, const Start& start, const Target& target, const Size& size) {
  int64_t row = tiles<kMostRows, kVectors>(0, a, b, start, target, size);
  row = tiles<4, kVectors>(row, a, b, start, target, size);
  row = tiles<2, kVectors>(row, a, b, start, target, size);
  tiles<1, kVectors>(row, a, b, start, target, size);
}

void multiply_panel(const Operand& a, const float* b, int64_t b_stride, const Start& start, const Target& target,
                    const Size& size) {
  const int64_t vectors = (size.columns + kLanes - 1) / kLanes;
  const Panel panel{b, b_stride, first_lanes(size.columns - (vectors - 1) * kLanes)};
  if (vectors == 1) return multiply_vectors<1>(a, panel, start, target, size);
  if (vectors == 2) return multiply_vectors<2>(a, panel, start, target, size);
  if constexpr (kMostVectors > 2) multiply_vectors<3>(a, panel, start, target, size);
}

// Rows or columns that lie `stride` apart. Beyond `count` the last one stands for all: what it gives is not kept.
template <int kCount>
struct Lines {
  Lines(const float* first, int64_t stride, int64_t count) {
#pragma GCC unroll 16
    for (int i = 0; i < kCount; ++i) lines[i] = first + (i < count ? i : count - 1) * stride;
  }
  const float* lines[kCount];
};

// The first of a dot product's vectors begins the sums: zeros would be written to memory first.
template <bool kFirst, int kRows, int kColumns, class Load>
inline void add_dots(const Lines<kRows>& a, const Lines<kColumns>& b, Load load_lanes, Floats (&sums)[kLanes]) {
  Floats values[kRows];
#pragma GCC unroll 16
  for (int row = 0; row < kRows; ++row) values[row] = load_lanes(a.lines[row]);
#pragma GCC unroll 16
  for (int column = 0; column < kColumns; ++column) {
    const Floats line = load_lanes(b.lines[column]);
#pragma GCC unroll 16
    for (int row = 0; row < kRows; ++row) {
      Floats& sum = sums[row * kColumns + column];
      sum = kFirst ? values[row] * line : sum + values[row] * line;
    }
  }
}

// As many dot products at a time as a vector has lanes, in rows and columns; `size` is what is left of the product.
template <int kRows, int kColumns>
inline void dots_tile(const Operand& a, const Operand& b, const float* bias, const Target& target, const Size& size) {
  static_assert(kRows * kColumns == kLanes);
  const Lines<kRows> rows(a.data, a.row_stride, size.rows);
  const Lines<kColumns> columns(b.data, b.column_stride, size.columns);
  Floats sums[kLanes];
  const int64_t rest = size.depth % kLanes;
  if (rest > 0) {
    const Mask lanes = first_lanes(rest);
    add_dots<true>(rows, columns, [lanes](const float* line) { return load(line, lanes); }, sums);
  } else {
    add_dots<true>(rows, columns, [](const float* line) { return load(line); }, sums);
  }
  for (int64_t k = rest > 0 ? rest : kLanes; k < size.depth; k += kLanes) {
    add_dots<false>(rows, columns, [k](const float* line) { return load(line + k); }, sums);
  }
  const Floats total = sums_of(sums);
  if constexpr (kRows == 1) {
    const Mask kept = first_lanes(size.columns);
    return store(bias == nullptr ? total : total + load(bias, kept), target.data, kept);
  }
  for (int row = 0; row < kRows && row < size.rows; ++row) {
    for (int column = 0; column < kColumns && column < size.columns; ++column) {
      const float start = bias == nullptr ? 0.0F : bias[column];
      target.data[row * target.row_stride + column] = start + total[row * kColumns + column];
    }
  }
}

template <int kRows, int kColumns>
void dots_by(const Operand& a, const Operand& b, const float* bias, const Target& target, const Size& size) {
  for (int64_t column = 0; column < size.columns; column += kColumns) {
    for (int64_t row = 0; row < size.rows; row += kRows) {
      dots_tile<kRows, kColumns>(from(a, row, 0), from(b, 0, column), bias == nullptr ? nullptr : bias + column,
                                 from(target, row, column), {size.rows - row, size.depth, size.columns - column});
    }
  }
}

float dot(const float* a, const float* b, int64_t depth) {
  const Mask rest = first_lanes(depth % kLanes);
  Floats sum = load(a, rest) * load(b, rest);
  for (int64_t k = depth % kLanes; k < depth; k += kLanes) sum += load(a + k) * load(b + k);
#pragma GCC unroll 4
  for (int round = 1; round < kLanes; round *= 2) sum = riffled(sum, sum, 0) + riffled(sum, sum, 1);
  return sum[0];
}

void dots(const Operand& a, const Operand& b, const float* bias, const Target& target, const Size& size) {
  if (size.rows == 1 && size.columns == 1) {
    *target.data = dot(a.data, b.data, size.depth) + (bias == nullptr ? 0.0F : *bias);
    return;
  }
  if (size.rows == 1) return dots_by<1, kLanes>(a, b, bias, target, size);
  if (size.columns == 1) return dots_by<kLanes, 1>(a, b, bias, target, size);
  dots_by<4, kLanes / 4>(a, b, bias, target, size);
}

// A square of kLanes columns that lie in memory as rows. Riffled as often as kLanes can be halved it is transposed.
// Rows beyond `rows` are not read and not written; columns beyond `columns` are 0.
inline void pack_square(const float* from, int64_t stride, int64_t rows, int64_t columns, float* packed,
                        int64_t packed_stride) {
  const Mask mask = first_lanes(rows);
  Floats lines[kLanes];
  Floats next[kLanes];
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) lines[i] = i < columns ? load(from + i * stride, mask) : Floats{};
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
  for (int i = 0; i < kLanes; ++i) {
    if (i < rows) store(lines[i], packed + i * packed_stride);
  }
}

// One vector's columns; beyond `columns` there is 0.
void pack_vector(const Operand& b, int64_t depth, int64_t columns, float* packed, int64_t packed_stride) {
  if (b.column_stride == 1) {
    const Mask mask = first_lanes(columns);
    for (int64_t k = 0; k < depth; ++k) store(load(b.data + k * b.row_stride, mask), packed + k * packed_stride);
  } else if (b.row_stride == 1) {
    for (int64_t k = 0; k < depth; k += kLanes) {
      pack_square(b.data + k, b.column_stride, depth - k, columns, packed + k * packed_stride, packed_stride);
    }
  } else {
    for (int64_t k = 0; k < depth; ++k) {
      for (int64_t i = 0; i < kLanes; ++i) packed[k * packed_stride + i] = i < columns ? *from(b, k, i).data : 0.0F;
    }
  }
}

void pack_panel(const Operand& b, int64_t depth, int64_t columns, float* packed) {
  const int64_t stride = (columns + kLanes - 1) / kLanes * kLanes;
  for (int64_t i = 0; i < columns; i += kLanes) {
    pack_vector(from(b, 0, i), depth, columns - i, packed + i, stride);
  }
}

}  // namespace

extern const Table KERASLIKE_PRODUCTS;
const Table KERASLIKE_PRODUCTS{kLanes, kLanes * kMostVectors, pack_panel, multiply_panel, dots};

}  // namespace keraslike::utils::products

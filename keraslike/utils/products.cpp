#include "keraslike/utils/products.h"

#include <algorithm>

#include <ATen/ops/mm.h>

#include "keraslike/utils/kernels.h"
#include "keraslike/utils/parallel.h"
#include "keraslike/utils/processor.h"

namespace keraslike::utils::products {

namespace {

// Multiplications and additions that one thread does in about 5 microseconds.
constexpr int64_t kWorkPerThread = 400'000;

// Of smaller products LibTorch's BLAS makes better ones: it need not lay out anything.
constexpr int64_t kLeastRows = 4;
constexpr int64_t kLeastColumns = 16;

// A panel of so many rows lies in the second level of the cache.
constexpr int64_t kMostDepth = 2048;

// What of the processor's generation there is; null where there is none.
const Table* table() {
#if defined(__x86_64__)
  static const Table none{};
  static const Table& chosen = chosen_for_processor(none, haswell, skylake_avx512);
  return chosen.panel == 0 ? nullptr : &chosen;
#else
  return nullptr;
#endif
}

Operand operand(const at::Tensor& tensor) { return {tensor.data_ptr<float>(), tensor.stride(0), tensor.stride(1)}; }

// Part of a matrix.
Operand part(const Operand& of, int64_t row, int64_t column) {
  return {of.data + row * of.row_stride + column * of.column_stride, of.row_stride, of.column_stride};
}

struct Product {
  Operand a, b;
  const float* bias;
  Target target;
  int64_t depth;

  Target target_at(int64_t row, int64_t column) const {
    return {target.data + row * target.row_stride + column, target.row_stride};
  }

  // Rows from `row` on and columns from `column` on; the panels are as equal as can be.
  void run(int64_t row, int64_t rows, int64_t column, int64_t columns) const {
    static thread_local std::vector<float> packed;
    const int64_t panel = table()->panel;
    const auto needed = static_cast<size_t>(std::min(depth, kMostDepth) * panel);
    if (packed.size() < needed) packed.resize(needed);
    for (const int64_t end = column + columns; column < end; column += panel) {
      const int64_t width = std::min(panel, end - column);
      for (int64_t k = 0; k < depth; k += kMostDepth) {
        const int64_t length = std::min(kMostDepth, depth - k);
        table()->pack(part(b, k, column), length, width, packed.data());
        table()->multiply(part(a, row, k), packed.data(), bias == nullptr || k > 0 ? nullptr : bias + column,
                          target_at(row, column), rows, length, width, k > 0);
      }
    }
  }
};

void by_blas(const at::Tensor& a, const at::Tensor& b, const at::Tensor& bias, at::Tensor target) {
  at::mm_out(target, a, b);
  if (bias.defined()) {
    kernels::add_bias(target.data_ptr<float>(), bias.data_ptr<float>(), target.size(0), target.size(1));
  }
}

}  // namespace

bool available() { return table() != nullptr; }

void multiply(const at::Tensor& a, const at::Tensor& b, const at::Tensor& bias, const at::Tensor& target) {
  const int64_t rows = target.size(0);
  const int64_t columns = target.size(1);
  const int64_t depth = a.size(1);
  if (!available() || rows < kLeastRows || columns < kLeastColumns) return by_blas(a, b, bias, target);
  const Product product{operand(a), operand(b), bias.defined() ? bias.data_ptr<float>() : nullptr,
                        {target.data_ptr<float>(), target.stride(0)}, depth};
  const int64_t parts = threads_for(rows * columns * depth, kWorkPerThread);
  const int64_t lanes = kLeastColumns;
  if (columns >= 2 * lanes * parts) {
    return for_ranges(columns, parts, lanes, [&](int64_t begin, int64_t end) {
      product.run(0, rows, begin, end - begin);
    });
  }
  for_ranges(rows, parts, kLeastRows, [&](int64_t begin, int64_t end) {
    product.run(begin, end - begin, 0, columns);
  });
}

Packed::Packed(int64_t depth, int64_t columns)
    : depth_(depth),
      columns_(columns),
      values_(static_cast<size_t>(depth * ((columns + kLeastColumns - 1) / kLeastColumns * kLeastColumns))) {}

void Packed::pack(const Operand& b) {
  float* values = values_.data();
  for (int64_t column = 0; column < columns_; column += table()->panel) {
    const int64_t width = std::min(table()->panel, columns_ - column);
    table()->pack(part(b, 0, column), depth_, width, values);
    values += depth_ * width;
  }
}

void Packed::multiply(const Operand& a, const Target& target, int64_t rows, bool add) const {
  const float* values = values_.data();
  for (int64_t column = 0; column < columns_; column += table()->panel) {
    const int64_t width = std::min(table()->panel, columns_ - column);
    table()->multiply(a, values, nullptr, {target.data + column, target.row_stride}, rows, depth_, width, add);
    values += depth_ * width;
  }
}

}  // namespace keraslike::utils::products

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

// Threads begin at multiples of these.
constexpr int64_t kRowGrain = 16;
constexpr int64_t kColumnGrain = 16;

// Below these, laying out b costs more than dot products do.
constexpr int64_t kFewRows = 5;
constexpr int64_t kFewColumns = 16;

// So many rows of a panel stay in the first level of the cache.
constexpr int64_t kDepth = 256;

// With more rows of a than these, b is read often enough to be laid out first.
constexpr int64_t kManyRows = 512;

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
Operand from(const Operand& of, int64_t row, int64_t column) {
  return {of.data + row * of.row_stride + column * of.column_stride, of.row_stride, of.column_stride};
}
Target from(const Target& of, int64_t row, int64_t column) {
  return {of.data + row * of.row_stride + column, of.row_stride};
}

// How far apart the rows of what was packed are.
int64_t packed_width(int64_t columns) {
  const int64_t lanes = table()->lanes;
  return (columns + lanes - 1) / lanes * lanes;
}

// Memory of this thread for a panel.
float* scratch() {
  static thread_local std::vector<float> memory(static_cast<size_t>(kDepth * table()->panel));
  return memory.data();
}

}  // namespace

bool available() { return table() != nullptr; }

Product::Product(const at::Tensor& a, const at::Tensor& b, const at::Tensor& bias, const at::Tensor& target)
    : a_(operand(a)),
      b_(operand(b)),
      bias_(bias.defined() ? bias.data_ptr<float>() : nullptr),
      target_{target.data_ptr<float>(), target.stride(0)},
      size_{target.size(0), a.size(1), target.size(1)},
      tensors_{a, b, bias, target} {
  way_ = way_for(a_, b_, size_);
}

Product::Way Product::way_for(const Operand& a, const Operand& b, const Size& size) {
  if (!available() || size.depth == 0) return Way::Blas;
  const bool lies_along_depth = a.column_stride == 1 && b.row_stride == 1;
  if (lies_along_depth && (size.rows < kFewRows || size.columns < kFewColumns)) return Way::Dots;
  return b.column_stride == 1 && size.rows < kManyRows ? Way::Direct : Way::Packed;
}

void Product::run(Finish finish) const {
  if (way_ == Way::Blas) return run_blas(finish);
  const int64_t parts = threads_for(size_.rows * size_.columns * size_.depth, kWorkPerThread);
  if (parts == 1) return run_part({0, size_.rows, 0, size_.columns}, finish);
  if (size_.columns >= 2 * kColumnGrain * parts) {
    return for_ranges(size_.columns, parts, kColumnGrain, [&](int64_t begin, int64_t end) {
      run_part({0, size_.rows, begin, end - begin}, finish);
    });
  }
  for_ranges(size_.rows, parts, kRowGrain, [&](int64_t begin, int64_t end) {
    run_part({begin, end - begin, 0, size_.columns}, finish);
  });
}

void Product::run_blas(Finish finish) const {
  at::Tensor target = tensors_[3];
  at::mm_out(target, tensors_[0], tensors_[1]);
  if (bias_ != nullptr) kernels::add_bias(target_.data, bias_, size_.rows, size_.columns);
  if (finish != nullptr) finish(target_.data, target_.data, size_.rows * size_.columns);
}

void Product::run_part(const Part& part, Finish finish) const {
  const Target target = from(target_, part.row, part.column);
  if (way_ == Way::Dots) {
    table()->dots(from(a_, part.row, 0), from(b_, 0, part.column), bias_ == nullptr ? nullptr : bias_ + part.column,
                  target, {part.rows, size_.depth, part.columns});
  } else {
    run_panels(part);
  }
  if (finish == nullptr) return;
  if (part.columns == target.row_stride) return finish(target.data, target.data, part.rows * part.columns);
  for (int64_t row = 0; row < part.rows; ++row) {
    float* const values = from(target, row, 0).data;
    finish(values, values, part.columns);
  }
}

void Product::run_panels(const Part& part) const {
  const int64_t end = part.column + part.columns;
  for (int64_t column = part.column; column < end; column += table()->panel) {
    const int64_t width = std::min(table()->panel, end - column);
    for (int64_t k = 0; k < size_.depth; k += kDepth) {
      const int64_t length = std::min(kDepth, size_.depth - k);
      Operand b = from(b_, k, column);
      if (way_ == Way::Packed) {
        table()->pack(b, length, width, scratch());
        b = {scratch(), packed_width(width), 1};
      }
      table()->multiply(from(a_, part.row, k), b.data, b.row_stride,
                        {.bias = bias_ == nullptr ? nullptr : bias_ + column, .add = k > 0},
                        from(target_, part.row, column), {part.rows, length, width});
    }
  }
}

void multiply(const at::Tensor& a, const at::Tensor& b, const at::Tensor& bias, const at::Tensor& target) {
  Product(a, b, bias, target).run();
}

Packed::Packed(int64_t depth, int64_t columns)
    : depth_(depth),
      columns_(columns),
      values_(static_cast<size_t>(depth * ((columns + kColumnGrain - 1) / kColumnGrain * kColumnGrain))) {}

void Packed::pack(const Operand& b) {
  float* values = values_.data();
  for (int64_t column = 0; column < columns_; column += table()->panel) {
    const int64_t width = std::min(table()->panel, columns_ - column);
    table()->pack(from(b, 0, column), depth_, width, values);
    values += depth_ * packed_width(width);
  }
}

void Packed::multiply(const Operand& a, const Target& target, int64_t rows, bool add) const {
  const float* values = values_.data();
  for (int64_t column = 0; column < columns_; column += table()->panel) {
    const int64_t width = std::min(table()->panel, columns_ - column);
    table()->multiply(a, values, packed_width(width), {.bias = nullptr, .add = add}, from(target, 0, column),
                      {rows, depth_, width});
    values += depth_ * packed_width(width);
  }
}

}  // namespace keraslike::utils::products

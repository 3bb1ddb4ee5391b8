#include "keraslike/data/source.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <fmt/format.h>

#include "keraslike/data/scattered_rows.h"
#include "keraslike/data/texts.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::data {

namespace {

using Owner = std::shared_ptr<const void>;
using Axes = std::vector<int64_t>;

at::TensorOptions options_of(DType dtype) { return at::TensorOptions().dtype(utils::scalar_type(dtype)); }

at::Tensor tensor_over(const void* first, DType dtype, const Axes& shape, const Axes& strides, Owner owner) {
  // LibTorch knows no constant memory; nobody writes to a source.
  void* memory = const_cast<void*>(first);
  return at::from_blob(
      memory, shape, strides, [owner = std::move(owner)](void*) mutable { owner.reset(); }, options_of(dtype));
}

Axes row_after_row(const Shape& shape) {
  Axes strides(shape.size(), 1);
  for (size_t axis = shape.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * std::max<int64_t>(shape[axis], 1);
  return strides;
}

// Calls `visit(offset)` for each element, last axis fastest.
template <class Visit>
void for_each_offset(const Shape& shape, const Axes& strides, Visit visit) {
  Axes index(shape.size(), 0);
  int64_t offset = 0;
  for (int64_t left = shape.count(); left > 0; --left) {
    visit(offset);
    for (size_t axis = shape.size(); axis-- > 0;) {
      offset += strides[axis];
      if (++index[axis] < shape[axis]) break;
      offset -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
}

template <class From, class To>
at::Tensor copied(const void* first, DType dtype, const Shape& shape, const Axes& strides) {
  at::Tensor result = at::empty(shape, options_of(dtype));
  To* to = static_cast<To*>(result.data_ptr());
  const auto* from = static_cast<const From*>(first);
  for_each_offset(shape, strides, [&](int64_t offset) { *to++ = static_cast<To>(from[offset]); });
  return result;
}

// LibTorch has no negative strides, so that an array read backwards is copied.
at::Tensor copied_bytes(const void* first, DType dtype, const Shape& shape, const Axes& strides) {
  switch (size_in_bytes(dtype)) {
    case 1: return copied<uint8_t, uint8_t>(first, dtype, shape, strides);
    case 2: return copied<uint16_t, uint16_t>(first, dtype, shape, strides);
    case 4: return copied<uint32_t, uint32_t>(first, dtype, shape, strides);
    default: return copied<uint64_t, uint64_t>(first, dtype, shape, strides);
  }
}

at::Tensor widened(const void* first, Kind kind, const Shape& shape, const Axes& strides) {
  switch (kind) {
    case Kind::UInt16: return copied<uint16_t, int32_t>(first, DType::Int32, shape, strides);
    case Kind::UInt32: return copied<uint32_t, int64_t>(first, DType::Int64, shape, strides);
    case Kind::UInt64: return copied<uint64_t, int64_t>(first, DType::Int64, shape, strides);
    default: return copied<long double, double>(first, DType::Float64, shape, strides);
  }
}

std::string shape_problem(const void* first, const Shape& shape, const Axes& strides) {
  if (!shape.is_known()) return fmt::format("needs sizes of 0 or more. Received: shape={}.", shape);
  int64_t count = 1;
  for (const int64_t size : shape) {
    if (__builtin_mul_overflow(count, size, &count)) return fmt::format("is too large: shape={}.", shape);
  }
  if (!strides.empty() && strides.size() != shape.size()) {
    return fmt::format("needs one stride per axis. Received: shape={} and {} strides.", shape, strides.size());
  }
  if (first == nullptr && count > 0) return fmt::format("is a null pointer. Received: shape={}.", shape);
  return {};
}

std::string too_large(int64_t wrapped) {
  return fmt::format("holds {}, which int64 can not hold (the largest is 9223372036854775807). Pass it as double.",
                     static_cast<uint64_t>(wrapped));
}

// Of unsigned 64-bit values, those past the largest int64 have come out negative.
std::string wrapped_problem(const at::Tensor& values) {
  const auto* first = values.data_ptr<int64_t>();
  const auto* last = first + values.numel();
  const auto* found = std::find_if(first, last, [](int64_t value) { return value < 0; });
  return found == last ? std::string{} : too_large(*found);
}

std::string tensor_problem(const at::Tensor& tensor) {
  if (!tensor.defined()) return "is an undefined tensor.";
  if (tensor.layout() != at::kStrided) return "is a sparse tensor. Pass `tensor.to_dense()`.";
  if (tensor.is_quantized()) return "is a quantized tensor. Pass `tensor.dequantize()`.";
  if (utils::has_dtype(tensor.scalar_type())) return {};
  return fmt::format("must be bool, integer or floating. Received: a tensor of type {}.",
                     c10::toString(tensor.scalar_type()));
}

// The nested braces' shape, and their values in order.
struct Braces {
  std::vector<const Numbers*> values;
  std::string problem;

  int64_t depth_of(const Numbers& numbers) const {
    return numbers.is_row() ? 1 + (numbers.rows().empty() ? 0 : depth_of(numbers.rows()[0])) : 0;
  }

  void collect(const Numbers& numbers, int64_t depth, RowLengths& lengths, int64_t rank) {
    int64_t length = 0;
    for (const Numbers& item : numbers.rows()) {
      if (item.is_row() != (depth + 1 < rank)) {
        problem = "has numbers and rows side by side in its braces.";
        return;
      }
      if (!item.is_row()) values.push_back(&item);
      lengths.at(depth, length++);
      if (item.is_row()) collect(item, depth + 1, lengths, rank);
    }
    lengths.close(depth, length);
  }
};

bool is_real(Kind kind) { return (kind >= Kind::Float16 && kind <= Kind::Float64) || kind == Kind::LongDouble; }

// The type that holds all values: their own if they share one, else int64 or float64.
Kind common_kind(const std::vector<const Numbers*>& values) {
  if (values.empty()) return Kind::Float32;
  Kind common = values[0]->kind();
  for (const Numbers* value : values) {
    if (value->kind() == common) continue;
    common = is_real(common) || is_real(value->kind()) ? Kind::Float64 : Kind::Int64;
  }
  return common;
}

DType dtype_of_kind(Kind kind) {
  if (kind <= Kind::Float64) return static_cast<DType>(kind);
  return kind == Kind::UInt16 ? DType::Int32 : kind == Kind::LongDouble ? DType::Float64 : DType::Int64;
}

template <class T>
at::Tensor tensor_of(const std::vector<T>& values, DType stored, Kind kind, const Shape& shape) {
  if (values.empty()) return at::empty(shape, options_of(dtype_of_kind(kind)));
  const at::Tensor wide = tensor_over(values.data(), stored, shape, row_after_row(shape), nullptr);
  return wide.to(utils::scalar_type(dtype_of_kind(kind)), /*non_blocking=*/false, /*copy=*/true);
}

at::Tensor tensor_of(const std::vector<const Numbers*>& numbers, const Shape& shape) {
  const Kind kind = common_kind(numbers);
  if (!is_real(kind)) {
    std::vector<int64_t> values;
    for (const Numbers* number : numbers) values.push_back(number->integer());
    return tensor_of(values, DType::Int64, kind, shape);
  }
  std::vector<double> values;
  for (const Numbers* number : numbers) {
    values.push_back(is_real(number->kind()) ? number->floating() : static_cast<double>(number->integer()));
  }
  return tensor_of(values, DType::Float64, kind, shape);
}

}  // namespace

Source::Source(const at::Tensor& tensor) : problem_(tensor_problem(tensor)) {
  if (problem_.empty()) tensor_ = std::make_shared<const at::Tensor>(tensor.detach());
}

Source::Source(const Numbers& numbers) {
  Braces braces;
  const int64_t rank = braces.depth_of(numbers);
  RowLengths lengths(rank);
  braces.collect(numbers, 0, lengths, rank);
  problem_ = braces.problem.empty() ? lengths.problem() : braces.problem;
  for (const Numbers* value : braces.values) {
    if (value->kind() == Kind::UInt64 && value->integer() < 0 && problem_.empty()) {
      problem_ = too_large(value->integer());
    }
  }
  if (problem_.empty()) tensor_ = std::make_shared<const at::Tensor>(tensor_of(braces.values, lengths.shape()));
}

Source::Source(const void* first, Kind kind, const Shape& shape, const Axes& strides, Owner owner)
    : problem_(shape_problem(first, shape, strides)) {
  if (!problem_.empty()) return;
  const Axes steps = strides.empty() ? row_after_row(shape) : strides;
  const bool backwards = std::any_of(steps.begin(), steps.end(), [](int64_t step) { return step < 0; });
  at::Tensor tensor;
  if (shape.count() == 0) {
    tensor = at::empty(shape, options_of(dtype_of_kind(kind)));
  } else if (kind > Kind::Float64) {
    tensor = widened(first, kind, shape, steps);
    if (kind == Kind::UInt64) problem_ = wrapped_problem(tensor);
  } else if (backwards) {
    tensor = copied_bytes(first, dtype_of_kind(kind), shape, steps);
  } else {
    tensor = tensor_over(first, dtype_of_kind(kind), shape, steps, std::move(owner));
  }
  tensor_ = std::make_shared<const at::Tensor>(std::move(tensor));
}

Source::Source(std::vector<const void*> rows, Kind kind, const RowLengths& lengths, Owner owner)
    : problem_(lengths.problem()) {
  if (!problem_.empty()) return;
  rows_ = std::make_shared<const ScatteredRows>(std::move(rows), dtype_of_kind(kind), lengths.shape(),
                                                std::move(owner));
}

Shape Source::shape() const { return rows_ ? rows_->shape() : utils::shape_of(*tensor_); }

const at::Tensor& Source::tensor() const { return rows_ ? rows_->together() : *tensor_; }

bool Source::is_text() const { return tensor_ && data::is_text(*tensor_); }

Source Source::of(const Strings& texts) {
  Source source;
  source.tensor_ = std::make_shared<const at::Tensor>(tensor_of(texts));
  return source;
}

void Source::check(const std::string& argument) const {
  if (!problem_.empty()) throw ValueError("`{}` {}", argument, problem_);
}

}  // namespace keraslike::data

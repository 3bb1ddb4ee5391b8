#pragma once

// For sources.

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include <ATen/core/Tensor.h>

#include "keraslike/utils/dtype.h"
#include "keraslike/utils/shape.h"

namespace keraslike::data {

// The rows of an array's last axis, each in a place of its own, as a vector of vectors has them.
class ScatteredRows {
 public:
  // `owner` lives as long as this does.
  ScatteredRows(std::vector<const void*> rows, DType dtype, Shape shape, std::shared_ptr<const void> owner)
      : rows_(std::move(rows)), dtype_(dtype), shape_(std::move(shape)), owner_(std::move(owner)) {}

  const Shape& shape() const { return shape_; }
  DType dtype() const { return dtype_; }
  int64_t count() const { return static_cast<int64_t>(rows_.size()); }
  int64_t length() const { return shape_.back(); }
  const void* row(int64_t index) const { return rows_[static_cast<size_t>(index)]; }

  // All in one place, in the order of the rows: made by the first who asks, on whichever thread.
  const at::Tensor& together() const;

 private:
  std::vector<const void*> rows_;
  DType dtype_;
  Shape shape_;
  std::shared_ptr<const void> owner_;
  mutable std::once_flag gathering_;
  mutable at::Tensor together_;
};

}  // namespace keraslike::data

#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "keraslike/data/elements.h"
#include "keraslike/data/source.h"
#include "keraslike/utils/dtype.h"
#include "keraslike/utils/shape.h"
#include "keraslike/utils/format.h"

namespace keraslike {

// Numbers in rows and columns, and more axes if need be: what `predict` and `get_weights` return. It owns its values,
// which lie row after row in main memory. A copy shares them, which nobody notices because no function here changes
// them.
class Array {
 public:
  Array() = default;  // no values: shape (0,)

  // A tensor that is passed on with std::move is taken over, unless it must be brought to main memory or into order;
  // any other is copied, so that the array keeps its values when the tensor's change.
  explicit Array(const at::Tensor& tensor);
  explicit Array(at::Tensor&& tensor);

  // From whatever `Data` can be made from: ranges of numbers to any depth, braces, a pointer with a shape.
  template <data::ArrayLike R>
  Array(R&& values) : Array(data::Source::of(std::forward<R>(values)), !std::is_lvalue_reference_v<R>) {}  // NOLINT
  Array(std::initializer_list<data::Numbers> values) : Array(data::Source(data::Numbers(values)), true) {}
  template <data::Number T>
  Array(const T* first, const Shape& shape, const std::vector<int64_t>& strides = {})
      : Array(data::Source(first, data::kind_of<T>(), shape, strides), false) {}

  static Array zeros(const Shape& shape, DType dtype = DType::Float32);
  static Array ones(const Shape& shape, DType dtype = DType::Float32);
  static Array full(const Shape& shape, double value, DType dtype = DType::Float32);
  static Array arange(int64_t count, DType dtype = DType::Int64);  // 0, 1, ..., count - 1

  Shape shape() const;
  int64_t rank() const;
  int64_t size() const;  // of all axes together
  DType dtype() const;
  const at::Tensor& tensor() const;

  // The values, row after row; `T` must be the dtype's own type.
  template <data::Number T>
  const T* data() const {
    return static_cast<const T*>(memory(data::kind_of<T>()));
  }

  // The values converted to `T` as C++ converts numbers, row after row.
  template <data::Number T>
  std::vector<T> to_vector() const;

  // One element, `a(2, -1)`, converted to double; negative indices count from the end.
  template <std::convertible_to<int64_t>... Indices>
  double operator()(Indices... indices) const {
    return element({static_cast<int64_t>(indices)...});
  }

  // A row (a sub-array of the first axis), which shares this array's values.
  Array operator[](int64_t index) const;

  // The only element of an array that has but one.
  double item() const;

  Array astype(DType dtype) const;
  Array reshape(const Shape& shape) const;  // one size may be -1: whatever is left

  // As NumPy prints it, shortened where it has more than 1000 values.
  std::string to_string() const;

  // Equal in shape, dtype and every bit.
  friend bool operator==(const Array& a, const Array& b) { return a.equals(b); }

  class Iterator;
  Iterator begin() const;  // over the rows
  Iterator end() const;

 private:
  Array(const data::Source& source, bool may_keep);
  const void* memory(data::Kind kind) const;
  double element(std::initializer_list<int64_t> indices) const;
  bool equals(const Array& other) const;
  int64_t row_count() const;

  std::shared_ptr<const at::Tensor> tensor_;
};

std::ostream& operator<<(std::ostream& stream, const Array& array);

class Array::Iterator {
 public:
  using value_type = Array;
  using difference_type = std::ptrdiff_t;
  using iterator_concept = std::input_iterator_tag;

  Iterator() = default;
  Iterator(const Array& array, int64_t row) : array_(array), row_(row) {}

  Array operator*() const { return array_[row_]; }
  Iterator& operator++() {
    ++row_;
    return *this;
  }
  Iterator operator++(int) {
    Iterator before = *this;
    ++row_;
    return before;
  }
  friend bool operator==(const Iterator& a, const Iterator& b) { return a.row_ == b.row_; }

 private:
  Array array_;
  int64_t row_ = 0;
};

inline Array::Iterator Array::begin() const { return Iterator(*this, 0); }
inline Array::Iterator Array::end() const { return Iterator(*this, row_count()); }

namespace data {
// Converts `array`'s values and writes them to `destination`, which holds `array.size()` values of `kind`.
void copy_values(const Array& array, Kind kind, void* destination);
}  // namespace data

template <data::Number T>
std::vector<T> Array::to_vector() const {
  if constexpr (std::same_as<T, bool>) {
    const std::vector<unsigned char> bytes = astype(DType::Bool).to_vector<unsigned char>();
    return std::vector<bool>(bytes.begin(), bytes.end());
  } else {
    std::vector<T> values(static_cast<size_t>(size()));
    data::copy_values(*this, data::kind_of<T>(), values.data());
    return values;
  }
}

}  // namespace keraslike

// Iteration goes over rows, but `size()` counts values.
template <>
inline constexpr bool std::ranges::disable_sized_range<keraslike::Array> = true;

template <>
struct fmt::formatter<keraslike::Array> : keraslike::utils::TextFormatter<keraslike::Array> {};

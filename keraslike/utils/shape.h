#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <string>
#include <vector>

#include "keraslike/utils/format.h"
#include "keraslike/utils/none.h"

namespace keraslike {

// One entry of a shape as it is written: a size, or `none`.
struct Dimension {
  constexpr Dimension(std::integral auto size) : value(static_cast<int64_t>(size)) {}  // NOLINT: implicit by design
  constexpr Dimension(None) : value(-1) {}                                             // NOLINT

  int64_t value;
};

constexpr bool operator==(int64_t size, None) { return size == Dimension(none).value; }

// The sizes of an array, one per axis; `none` (-1) where a size is open, as the batch axis of a model is.
class Shape : public std::vector<int64_t> {
 public:
  Shape() = default;
  Shape(std::initializer_list<Dimension> sizes) {
    for (const Dimension size : sizes) push_back(size.value);
  }
  Shape(std::vector<int64_t> sizes) : std::vector<int64_t>(std::move(sizes)) {}  // NOLINT: a vector is a shape
  template <class Iterator>
  Shape(Iterator first, Iterator last) : std::vector<int64_t>(first, last) {}

  int64_t rank() const { return static_cast<int64_t>(size()); }

  // Size of an axis; negative axes count from the end. Throws ValueError where there is no such axis.
  int64_t dim(int64_t axis) const;

  // Product of the sizes; an open dimension makes it -1.
  int64_t count() const;

  // True where no dimension is open.
  bool is_known() const;

  // True where both agree in rank and in every dimension that is open in neither.
  bool matches(const Shape& other) const;

  // This shape without its first axis, and with one put before it.
  Shape without_batch() const;
  Shape with_batch(Dimension batch = none) const;

  // As Keras prints it: "(None, 10)", "(5,)", "()".
  std::string to_string() const;
};

std::ostream& operator<<(std::ostream& stream, const Shape& shape);  // as `to_string`

// A size per spatial axis: `3` for all of them alike, or `{3, 5}`.
template <std::size_t N>
struct Extent : std::array<int64_t, N> {
  Extent(int64_t all) { this->fill(all); }  // NOLINT: implicit by design
  Extent(const std::array<int64_t, N>& sizes) : std::array<int64_t, N>(sizes) {}  // NOLINT
  template <std::convertible_to<int64_t>... Sizes>
    requires(sizeof...(Sizes) == N && N > 1)
  Extent(Sizes... sizes) : std::array<int64_t, N>{static_cast<int64_t>(sizes)...} {}  // NOLINT
};

}  // namespace keraslike

template <>
struct fmt::formatter<keraslike::Shape> : keraslike::utils::TextFormatter<keraslike::Shape> {};

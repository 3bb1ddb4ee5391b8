#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>  // brings the concepts of ranges everywhere, for a third of what <ranges> costs every user
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "keraslike/utils/shape.h"
#include "keraslike/utils/tensor_fwd.h"

// What the library reads from a user's range of numbers. Only this walk is made of templates; it ends in `Source`.
namespace keraslike {

class Array;
class Data;

namespace data {

// The C++ types that arrays are read from. Those after Float64 have no dtype and become the next wider one.
enum class Kind : int8_t {
  Bool, UInt8, Int8, Int16, Int32, Int64, Float16, BFloat16, Float32, Float64, UInt16, UInt32, UInt64, LongDouble,
  NotANumber
};

template <class T>
inline constexpr bool is_character = std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
                                     std::same_as<T, char16_t> || std::same_as<T, char32_t>;

// Half-precision types are known by their digits, so that no header of LibTorch is needed to accept `at::Half`.
template <class T>
consteval Kind kind_of() {
  if constexpr (!std::is_object_v<T> || std::is_array_v<T> || std::is_const_v<T> || is_character<T>) {
    return Kind::NotANumber;
  } else if constexpr (!std::numeric_limits<T>::is_specialized) {
    return Kind::NotANumber;
  } else if constexpr (std::same_as<T, bool>) {
    return Kind::Bool;
  } else if constexpr (std::same_as<T, long double>) {
    return Kind::LongDouble;
  } else if constexpr (std::is_integral_v<T>) {
    constexpr std::array signed_kinds{Kind::Int8, Kind::Int16, Kind::Int32, Kind::Int64};
    constexpr std::array unsigned_kinds{Kind::UInt8, Kind::UInt16, Kind::UInt32, Kind::UInt64};
    constexpr size_t place = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
    return sizeof(T) > 8 ? Kind::NotANumber : std::is_signed_v<T> ? signed_kinds[place] : unsigned_kinds[place];
  } else {
    using Limits = std::numeric_limits<T>;
    if (Limits::is_integer || !Limits::is_signed) return Kind::NotANumber;
    if (sizeof(T) == 2 && Limits::digits == 11) return Kind::Float16;
    if (sizeof(T) == 2 && Limits::digits == 8) return Kind::BFloat16;
    if (sizeof(T) == 4 && Limits::digits == 24) return Kind::Float32;
    if (sizeof(T) == 8 && Limits::digits == 53) return Kind::Float64;
    return Kind::NotANumber;
  }
}

// A number of a type that arrays may hold; `char` is text and is not one, `signed char` and `unsigned char` are.
template <class T>
concept Number = kind_of<T>() != Kind::NotANumber;

template <class R>
consteval bool is_array_like() {
  using Plain = std::remove_cvref_t<R>;
  if constexpr (std::same_as<Plain, Array> || std::same_as<Plain, Data> || std::same_as<Plain, at::Tensor>) {
    return false;
  } else if constexpr (std::ranges::input_range<R>) {
    using Value = std::ranges::range_value_t<R>;
    if constexpr (std::same_as<Value, Plain>) return false;  // a path is a range of paths
    else if constexpr (Number<Value>) return true;
    else return is_array_like<std::ranges::range_reference_t<R>>();
  } else {
    return false;
  }
}

// A range of numbers, or of such ranges to any depth: containers, C arrays, spans, views, single-pass ranges.
template <class R>
concept ArrayLike = is_array_like<R>();

template <class R>
struct ElementOf : ElementOf<std::ranges::range_reference_t<R>> {};
template <class R>
  requires Number<std::ranges::range_value_t<R>>
struct ElementOf<R> {
  using type = std::ranges::range_value_t<R>;
};
template <ArrayLike R>
using Element = typename ElementOf<R>::type;

template <ArrayLike R>
consteval int64_t rank_of() {
  if constexpr (Number<std::ranges::range_value_t<R>>) return 1;
  else return 1 + rank_of<std::ranges::range_reference_t<R>>();
}

// `Packed` values lie side by side in memory: numbers and (arrays of) arrays of them, with their sizes.
template <class T>
struct Packed : std::bool_constant<Number<T>> {
  static void add_sizes(Shape&) {}
};
template <class T, size_t N>
struct Packed<std::array<T, N>> : std::bool_constant<Packed<T>::value> {
  static void add_sizes(Shape& shape) {
    shape.push_back(N);
    Packed<T>::add_sizes(shape);
  }
};
template <class T, size_t N>
struct Packed<T[N]> : Packed<std::array<T, N>> {};

template <class R>
concept PackedRange = std::ranges::contiguous_range<R> && std::ranges::sized_range<R> &&
                      Packed<std::ranges::range_value_t<R>>::value;

// The shape of what a walk meets, and the first row that does not fit it.
class RowLengths {
 public:
  explicit RowLengths(int64_t rank) : shape_(std::vector<int64_t>(static_cast<size_t>(rank), Dimension(none).value)),
                                      path_(static_cast<size_t>(rank)), first_(static_cast<size_t>(rank)) {}

  void at(int64_t depth, int64_t index) { path_[static_cast<size_t>(depth)] = index; }
  void close(int64_t depth, int64_t length) {
    int64_t& size = shape_[static_cast<size_t>(depth)];
    if (size != length) differ(depth, size, length);
  }

  // Sizes never met, below an empty axis, are 0.
  Shape shape() const;
  const std::string& problem() const { return problem_; }

 private:
  void differ(int64_t depth, int64_t& size, int64_t length);

  Shape shape_;
  std::vector<int64_t> path_;
  std::vector<std::vector<int64_t>> first_;
  std::string problem_;
};

// Rows that stay where they are, to any depth, the innermost each in one piece: `vector<vector<double>>`. Those of a
// view that is passed on the spot are the business of whoever made it, and are copied.
template <class R>
consteval bool is_lasting_rows() {
  if constexpr (!std::ranges::forward_range<R> || (!std::is_lvalue_reference_v<R> && std::ranges::view<R>)) {
    return false;
  } else if constexpr (std::is_lvalue_reference_v<std::ranges::range_reference_t<R>>) {
    using Row = std::ranges::range_reference_t<R>;
    if constexpr (Number<std::ranges::range_value_t<R>>) return false;
    else if constexpr (PackedRange<Row>) return Number<std::ranges::range_value_t<Row>>;
    else return is_lasting_rows<Row>();
  } else {
    return false;
  }
}
template <class R>
concept LastingRows = is_lasting_rows<R>();

template <class R>
void collect_rows(R&& rows, int64_t depth, std::vector<const void*>& places, RowLengths& lengths) {
  int64_t length = 0;
  for (auto& row : rows) {
    lengths.at(depth, length++);
    if constexpr (LastingRows<R&> && !LastingRows<decltype(row)>) {
      places.push_back(std::ranges::data(row));
      lengths.close(depth + 1, static_cast<int64_t>(std::ranges::size(row)));
    } else {
      collect_rows(row, depth + 1, places, lengths);
    }
  }
  lengths.close(depth, length);
}

template <class T, class R>
void walk(R&& rows, int64_t depth, std::vector<T>& values, RowLengths& lengths) {
  using Value = std::ranges::range_value_t<R>;
  int64_t length = 0;
  if constexpr (std::ranges::contiguous_range<R> && std::ranges::sized_range<R> && std::same_as<Value, T>) {
    length = static_cast<int64_t>(std::ranges::size(rows));
    const T* first = std::ranges::data(rows);
    values.insert(values.end(), first, first + length);
  } else {
    for (auto&& item : rows) {
      if constexpr (Number<Value>) {
        values.push_back(static_cast<T>(item));
      } else {
        lengths.at(depth, length);
        walk(item, depth + 1, values, lengths);
      }
      ++length;
    }
  }
  lengths.close(depth, length);
}

// Numbers in nested braces, `{{1, 2}, {3, 4}}`. All of one type keep it; mixed ones become float64 or int64.
class Numbers {
 public:
  template <Number T>
  Numbers(T value) : kind_(kind_of<T>()) {  // NOLINT: braces are converted
    if constexpr (std::is_integral_v<T>) integer_ = static_cast<int64_t>(value);
    else floating_ = static_cast<double>(value);
  }
  Numbers(std::initializer_list<Numbers> rows) : rows_(rows) {}

  Kind kind() const { return kind_; }
  bool is_row() const { return kind_ == Kind::NotANumber; }
  const std::vector<Numbers>& rows() const { return rows_; }
  int64_t integer() const { return integer_; }
  double floating() const { return floating_; }

 private:
  Kind kind_ = Kind::NotANumber;
  int64_t integer_ = 0;
  double floating_ = 0;
  std::vector<Numbers> rows_;
};

}  // namespace data
}  // namespace keraslike

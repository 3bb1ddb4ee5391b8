#pragma once

#include <memory>
#include <vector>

#include "keraslike/data/elements.h"
#include "keraslike/data/strings.h"

namespace keraslike::data {

class ScatteredRows;

// One array that somebody passed, its type erased: a tensor over the user's own memory, or over values that were
// moved or copied in. What is wrong with it is told when it is used, because only then its argument has a name.
class Source {
 public:
  Source(const at::Tensor& tensor);  // NOLINT: every tensor is a source
  Source(const Numbers& numbers);  // NOLINT

  // `strides` in elements; none of them means row after row. `owner` lives as long as the source does.
  Source(const void* first, Kind kind, const Shape& shape, const std::vector<int64_t>& strides = {},
         std::shared_ptr<const void> owner = nullptr);

  // Rows of the last axis, each in a place of its own.
  Source(std::vector<const void*> rows, Kind kind, const RowLengths& lengths, std::shared_ptr<const void> owner = nullptr);

  static Source of(const Strings& texts);

  // Borrows from an lvalue whose values lie side by side, or row by row; keeps such an rvalue, and copies out of
  // anything else.
  template <ArrayLike R>
  static Source of(R&& values);

  // As in "`x` has rows of different lengths ..."; does nothing where all is well.
  void check(const std::string& argument) const;
  Shape shape() const;
  const at::Tensor& tensor() const;  // scattered rows are put together when it is first asked for
  bool is_text() const;
  const ScatteredRows* rows() const { return rows_.get(); }  // null for all that is one tensor already

 private:
  template <class T>
  static Source keep(std::vector<T> values, Kind kind, const RowLengths& lengths);

  Source() = default;

  std::shared_ptr<const at::Tensor> tensor_;
  std::shared_ptr<const ScatteredRows> rows_;
  std::string problem_;  // the rest of the sentence that begins with the argument's name
};

template <class T>
Source Source::keep(std::vector<T> values, Kind kind, const RowLengths& lengths) {
  const auto owner = std::make_shared<const std::vector<T>>(std::move(values));
  if (lengths.problem().empty()) return Source(owner->data(), kind, lengths.shape(), {}, owner);
  Source ragged(nullptr, kind, {0});
  ragged.problem_ = lengths.problem();
  return ragged;
}

template <ArrayLike R>
Source Source::of(R&& values) {
  using Plain = std::remove_cvref_t<R>;
  using T = Element<R>;
  if constexpr (PackedRange<R> && (std::is_lvalue_reference_v<R> || !std::is_array_v<Plain>)) {
    Shape shape{static_cast<int64_t>(std::ranges::size(values))};
    Packed<std::ranges::range_value_t<R>>::add_sizes(shape);
    if constexpr (std::is_lvalue_reference_v<R>) {
      return Source(std::ranges::data(values), kind_of<T>(), shape);
    } else {
      const auto owner = std::make_shared<Plain>(std::move(values));
      return Source(std::ranges::data(*owner), kind_of<T>(), shape, {}, owner);
    }
  } else if constexpr (LastingRows<R> && kind_of<T>() <= Kind::Float64) {
    RowLengths lengths(rank_of<R>());
    std::vector<const void*> rows;
    if constexpr (std::is_lvalue_reference_v<R>) {
      collect_rows(values, 0, rows, lengths);
      return Source(std::move(rows), kind_of<T>(), lengths);
    } else {
      const auto owner = std::make_shared<Plain>(std::move(values));
      collect_rows(*owner, 0, rows, lengths);
      return Source(std::move(rows), kind_of<T>(), lengths, owner);
    }
  } else {
    // A vector<bool> has no memory to lend: its values are kept as bytes.
    std::vector<std::conditional_t<std::same_as<T, bool>, unsigned char, T>> elements;
    if constexpr (std::ranges::sized_range<R> && rank_of<R>() == 1) elements.reserve(std::ranges::size(values));
    RowLengths lengths(rank_of<R>());
    walk(values, 0, elements, lengths);
    return keep(std::move(elements), kind_of<T>(), lengths);
  }
}

}  // namespace keraslike::data

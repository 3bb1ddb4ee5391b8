#pragma once

#include <cstdint>
#include <optional>
#include <span>  // brings the concepts of ranges, for a third of what <ranges> costs
#include <string>
#include <utility>
#include <vector>

#include "keraslike/data/array.h"

// What Keras calls keras.utils: small steps between raw data and `fit`.
namespace keraslike::utils {

// Class numbers as vectors of zeros with a 1 in the class' place, as "categorical_crossentropy" wants its targets: an
// array of shape (...) or (..., 1) becomes one of (..., num_classes), of float32, where Keras gives float64.
// `num_classes` is by default the greatest number plus 1. Throws ValueError for what is not a whole number in
// [0, num_classes); Keras cuts fractions off and counts negative numbers from the last class.
Array to_categorical(const Array& x, std::optional<int64_t> num_classes = {});

// Each vector along `axis` divided by its norm, the `order`-th root of the sum of its values' `order`-th powers; a
// vector of zeros stays. float64 stays what it is, all else becomes float32. Throws ValueError for an axis that `x` does
// not have and an `order` that is not above 0.
Array normalize(const Array& x, int64_t axis = -1, double order = 2.0);

// keras.utils.pad_sequences
struct PadSequencesOptions {
  std::optional<int64_t> maxlen = {};  // of all that come out; by default the length of the longest
  std::string dtype = "int32";
  std::string padding = "pre";     // where `value` stands for what a sequence lacks: "pre" or "post"
  std::string truncating = "pre";  // which end is cut off where it has too much
  double value = 0.0;
};

// Sequences of different lengths as one array of shape (sequences, maxlen, ...): each is an array whose first axis is
// its length, and whose others are alike in all. Throws ValueError where they are not, for no sequences, for a `maxlen`
// below 1, and for numbers that `dtype` can not hold: the default, Keras' own, holds whole ones.
Array pad_sequences(const std::vector<Array>& sequences, const PadSequencesOptions& options = {});

// The same for ranges of ranges: `std::vector<std::vector<int>>`.
template <std::ranges::input_range Sequences>
  requires data::ArrayLike<std::ranges::range_reference_t<Sequences>>
Array pad_sequences(Sequences&& sequences, const PadSequencesOptions& options = {}) {
  std::vector<Array> arrays;
  for (auto&& sequence : sequences) arrays.emplace_back(std::forward<decltype(sequence)>(sequence));
  return pad_sequences(arrays, options);
}

}  // namespace keraslike::utils

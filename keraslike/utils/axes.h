#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "keraslike/utils/none.h"

namespace keraslike {

// The axes that a reduction runs over: `0`, or `{0, 1, 2}`, or `none` of them. A config keeps the form that was given.
class Axes {
 public:
  Axes(None) : is_list_(true) {}                                               // NOLINT: implicit by design
  Axes(int64_t axis) : axes_{axis} {}                                          // NOLINT
  Axes(std::initializer_list<int64_t> axes) : axes_(axes), is_list_(true) {}   // NOLINT
  Axes(std::vector<int64_t> axes) : axes_(std::move(axes)), is_list_(true) {}  // NOLINT

  const std::vector<int64_t>& values() const { return axes_; }
  bool is_list() const { return is_list_; }
  auto begin() const { return axes_.begin(); }
  auto end() const { return axes_.end(); }

  // Counted from the front in an array of that rank. Throws ValueError in the name of `owner` where there is no such
  // axis.
  std::vector<int64_t> in_rank(int64_t rank, std::string_view owner) const;

  friend bool operator==(const Axes&, const Axes&) = default;

 private:
  std::vector<int64_t> axes_;
  bool is_list_ = false;
};

}  // namespace keraslike

#pragma once

#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

#include "keraslike/utils/none.h"
#include "keraslike/utils/shape.h"

namespace keraslike {

// An argument that is one number, a list of numbers, or lists of lists: `3.0`, `{1.0, 2.0}`, or with a shape and the
// values row after row `NestedNumbers({2, 3}, {1, 2, 3, 4, 5, 6})`. `none` where it is absent.
class NestedNumbers {
 public:
  NestedNumbers(None) {}                                           // NOLINT: implicit by design
  NestedNumbers(double value) : NestedNumbers(Shape(), {value}) {}  // NOLINT
  NestedNumbers(std::initializer_list<double> values) : NestedNumbers(std::vector<double>(values)) {}
  NestedNumbers(const std::vector<double>& values) : NestedNumbers(Shape{values.size()}, values) {}  // NOLINT

  // Throws ValueError where the shape holds another number of values.
  NestedNumbers(Shape shape, std::vector<double> values);

  explicit operator bool() const { return shape_.has_value(); }

  // () for a single number. Not to be called on `none`.
  const Shape& shape() const { return *shape_; }
  const std::vector<double>& values() const { return values_; }

  friend bool operator==(const NestedNumbers&, const NestedNumbers&) = default;

 private:
  std::optional<Shape> shape_;
  std::vector<double> values_;
};

}  // namespace keraslike

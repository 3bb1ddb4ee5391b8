#include "keraslike/utils/shape.h"

#include <algorithm>
#include <numeric>
#include <ostream>

#include "keraslike/utils/errors.h"

namespace keraslike {

int64_t Shape::dim(int64_t axis) const {
  const int64_t place = axis < 0 ? axis + rank() : axis;
  if (place < 0 || place >= rank()) throw ValueError("Shape {} has no axis {}.", to_string(), axis);
  return (*this)[static_cast<size_t>(place)];
}

int64_t Shape::count() const {
  if (!is_known()) return Dimension(none).value;
  return std::accumulate(begin(), end(), int64_t{1}, std::multiplies<>());
}

bool Shape::is_known() const {
  return std::none_of(begin(), end(), [](int64_t size) { return size < 0; });
}

bool Shape::matches(const Shape& other) const {
  return std::equal(begin(), end(), other.begin(), other.end(),
                    [](int64_t a, int64_t b) { return a < 0 || b < 0 || a == b; });
}

Shape Shape::without_batch() const {
  if (empty()) throw ValueError("A shape without axes has no batch axis. Received: shape=()");
  return Shape(begin() + 1, end());
}

Shape Shape::with_batch(Dimension batch) const {
  Shape result{batch};
  result.insert(result.end(), begin(), end());
  return result;
}

std::string Shape::to_string() const {
  std::string text = "(";
  for (size_t i = 0; i < size(); ++i) {
    if (i > 0) text += ", ";
    text += (*this)[i] < 0 ? "None" : std::to_string((*this)[i]);
  }
  return text + (size() == 1 ? ",)" : ")");
}

std::ostream& operator<<(std::ostream& stream, const Shape& shape) { return stream << shape.to_string(); }

}  // namespace keraslike

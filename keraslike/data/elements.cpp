#include "keraslike/data/elements.h"

#include <fmt/format.h>

namespace keraslike::data {

namespace {

// "row 3", or "row [0, 3]" below the first axis.
std::string row_name(const std::vector<int64_t>& path) {
  if (path.size() == 1) return fmt::format("row {}", path[0]);
  std::string text;
  for (const int64_t index : path) text += fmt::format("{}{}", text.empty() ? "" : ", ", index);
  return fmt::format("row [{}]", text);
}

}  // namespace

Shape RowLengths::shape() const {
  Shape shape = shape_;
  for (int64_t& size : shape) {
    if (size < 0) size = 0;
  }
  return shape;
}

void RowLengths::differ(int64_t depth, int64_t& size, int64_t length) {
  const std::vector<int64_t> path(path_.begin(), path_.begin() + depth);
  auto& first = first_[static_cast<size_t>(depth)];
  if (size < 0) {
    size = length;
    first = path;
  } else if (problem_.empty()) {
    const char* unit = depth + 1 == shape_.rank() ? "value" : "row";
    problem_ = fmt::format("has rows of different lengths: {} has {} {}{}, {} has {}.", row_name(first), size, unit,
                           size == 1 ? "" : "s", row_name(path), length);
  }
}

}  // namespace keraslike::data

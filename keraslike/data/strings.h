#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "keraslike/utils/shape.h"

namespace keraslike {

namespace data {

// One entry of braces: a text, or a row of entries.
class Text {
 public:
  Text(const char* text) : text_(text) {}                       // NOLINT: implicit by design
  Text(std::string text) : text_(std::move(text)) {}            // NOLINT
  Text(std::initializer_list<Text> row) : row_(row), is_row_(true) {}

  bool is_row() const { return is_row_; }
  const std::string& text() const { return text_; }
  const std::vector<Text>& row() const { return row_; }

 private:
  std::string text_;
  std::vector<Text> row_;
  bool is_row_ = false;
};

}  // namespace data

// Texts in rows and columns, and more axes if need be: what layers that take text are called with, and what a model
// takes whose input has dtype "string".
class Strings {
 public:
  // `{"a", "b"}` is (2,), `{{"a"}, {"b"}}` is (2, 1). Throws ValueError where rows differ in length.
  Strings(std::initializer_list<data::Text> values);
  Strings(std::vector<std::string> values);                    // NOLINT: implicit by design
  Strings(const std::vector<std::vector<std::string>>& rows);  // NOLINT

  // Row after row. Throws ValueError where the shape holds another number of values.
  Strings(Shape shape, std::vector<std::string> values);

  const Shape& shape() const { return shape_; }
  const std::vector<std::string>& values() const { return values_; }

  friend bool operator==(const Strings&, const Strings&) = default;

 private:
  void add(const std::vector<data::Text>& entries, size_t axis);

  Shape shape_;
  std::vector<std::string> values_;
};

}  // namespace keraslike

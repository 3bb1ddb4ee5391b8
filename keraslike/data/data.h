#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "keraslike/data/array.h"
#include "keraslike/data/elements.h"
#include "keraslike/data/source.h"
#include "keraslike/data/strings.h"
#include "keraslike/utils/none.h"

namespace keraslike {

class Data;

namespace data {
const Source& source_of(const Data& data, const std::string& argument);  // checked

template <class T>
concept Passable = std::same_as<T, Array> || std::same_as<T, at::Tensor>;
}  // namespace data

// What users pass to `fit`, `evaluate` and `predict`: one array of numbers or of texts, several in order or by name for
// a model with several inputs, or nothing (`none`, `{}`).
//
// It is made from ranges of numbers to any depth (containers, C arrays, spans, views, single-pass ranges), from nested
// braces, a pointer with a shape, a tensor or an Array. Like std::string_view it borrows from an lvalue whose values
// lie side by side, all of them or row by row (`vector<vector<double>>`): they must outlive it. An rvalue is moved in,
// and any other source is copied.
class Data {
 public:
  Data() = default;
  Data(None) {}  // NOLINT: the conversions are the purpose of this class

  template <data::ArrayLike R>
  Data(R&& values) : Data(data::Source::of(std::forward<R>(values))) {}  // NOLINT
  Data(std::initializer_list<data::Numbers> values) : Data(data::Source(data::Numbers(values))) {}
  Data(const Array& array);        // NOLINT: shares its values
  Data(const at::Tensor& tensor);  // NOLINT

  // Texts, for an input of dtype "string".
  Data(const Strings& texts);                                                       // NOLINT
  Data(const std::vector<std::string>& texts) : Data(Strings(texts)) {}             // NOLINT
  Data(const std::vector<std::vector<std::string>>& rows) : Data(Strings(rows)) {}  // NOLINT

  // `Data{pointer, {100, 10}}`; strides in elements.
  template <data::Number T>
  Data(const T* first, const Shape& shape, const std::vector<int64_t>& strides = {})
      : Data(data::Source(first, data::kind_of<T>(), shape, strides)) {}

  // Several in order: `{x1, x2}` of Arrays or tensors, or `Data::list(x1, x2)` of anything.
  template <data::Passable T>
  Data(std::initializer_list<T> arrays) : Data(std::vector<Data>(arrays.begin(), arrays.end()), {}) {}
  template <data::Passable T>
  Data(const std::vector<T>& arrays) : Data(std::vector<Data>(arrays.begin(), arrays.end()), {}) {}  // NOLINT
  template <class... Arrays>
    requires(sizeof...(Arrays) > 0 && (std::convertible_to<Arrays, Data> && ...))
  static Data list(Arrays&&... arrays) {
    return Data(std::vector<Data>{Data(std::forward<Arrays>(arrays))...}, {});
  }

  // Several by name: `Data::named({{"left", x1}, {"right", x2}})`, or a map of Arrays or tensors.
  static Data named(std::vector<std::pair<std::string, Data>> arrays);
  template <data::Passable T>
  Data(const std::map<std::string, T>& arrays)  // NOLINT
      : Data(named(std::vector<std::pair<std::string, Data>>(arrays.begin(), arrays.end()))) {}

  bool is_none() const { return part_ == nullptr; }
  explicit operator bool() const { return !is_none(); }
  bool is_single() const;
  bool is_list() const;
  bool is_named() const;
  bool is_text() const;

  // How many arrays there are: 0 for none, 1 for one. A single one is its own part 0.
  int64_t count() const;
  const Data& operator[](int64_t index) const;
  const Data& operator[](const std::string& name) const;
  const std::vector<std::string>& names() const;  // empty unless by name

  // Of a single array of numbers. What is wrong with it is told under the name of the argument that it was passed as.
  Shape shape(const std::string& argument = "data") const;
  DType dtype(const std::string& argument = "data") const;
  const at::Tensor& tensor(const std::string& argument = "data") const;
  const at::Tensor& texts(const std::string& argument = "data") const;  // as models see them: data/texts.h
  Array to_array(const std::string& argument = "data") const;

 private:
  struct Part;

  friend const data::Source& data::source_of(const Data& data, const std::string& argument);
  const data::Source& source(const std::string& argument) const;

  Data(data::Source source);  // NOLINT
  Data(std::vector<Data> arrays, std::vector<std::string> names);

  std::shared_ptr<const Part> part_;
};

}  // namespace keraslike

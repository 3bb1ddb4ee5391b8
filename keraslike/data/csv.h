#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "keraslike/data/array.h"

namespace keraslike::data {

struct CsvOptions {
  char separator = ',';
  std::optional<bool> header = {};  // whether the first line names the columns; by default, where it is no number
  std::vector<std::string> columns = {};   // to read, in this order; all where none are named
};

// What a CSV file held: columns with names, each of numbers or of texts. A copy shares the values.
class Table {
 public:
  int64_t rows() const;
  std::vector<std::string> names() const;

  // One column as float64 (rows,), with NaN for an empty field, NA, N/A, null and ?; several side by side
  // (rows, columns); all but one.
  Array operator[](const std::string& name) const;
  Array columns(const std::vector<std::string>& names) const;
  Array except(const std::string& name) const;
  Array to_array() const { return columns(names()); }

  // A column's texts as they stood in the file; and the same as numbers 0, 1, ... in the alphabetical order of its
  // different texts.
  const std::vector<std::string>& texts(const std::string& name) const;
  Array classes(const std::string& name) const;
  std::vector<std::string> class_names(const std::string& name) const;

 private:
  struct Content;

  explicit Table(std::shared_ptr<Content> content, std::vector<size_t> columns = {});
  friend Table read_csv(const std::string& path, CsvOptions options);
  size_t find(const std::string& name) const;  // its place in the file
  void check_numeric(size_t column) const;

  std::shared_ptr<Content> content_;
  std::vector<size_t> columns_;  // their places in the file
};

// Reads a table: quoted fields, both kinds of line ends, empty fields. Throws FileError with the line's number where a
// line has too many or too few fields.
Table read_csv(const std::string& path, CsvOptions options = {});

}  // namespace keraslike::data

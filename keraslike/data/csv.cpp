#include "keraslike/data/csv.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <set>
#include <string_view>

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include "keraslike/saving/files.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/registry.h"

namespace keraslike::data {

namespace {

struct Line {
  std::vector<std::string> fields;
  int64_t number = 0;
};

// Cuts the text into lines of fields. A quoted field may hold separators, line breaks and doubled quotes.
class Reader {
 public:
  Reader(std::string text, std::string path, char separator)
      : text_(std::move(text)), path_(std::move(path)), separator_(separator) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;  // the mark that spreadsheets put before UTF-8
  }

  bool next(Line& line) {
    line = {};
    while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) skip_line_end();
    if (at_ >= text_.size()) return false;
    line.number = number_;
    line.fields.push_back(field());
    while (at_ < text_.size() && text_[at_] == separator_) {
      ++at_;
      line.fields.push_back(field());
    }
    if (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') {
      throw FileError("'{}', line {}: a quoted field is followed by '{}'.", path_, number_, text_[at_]);
    }
    if (at_ < text_.size()) skip_line_end();
    return true;
  }

 private:
  void skip_line_end() {
    if (text_[at_++] == '\n') ++number_;
  }

  std::string field() {
    if (at_ < text_.size() && text_[at_] == '"') return quoted();
    const size_t end = std::min(text_.find_first_of(std::string("\r\n") + separator_, at_), text_.size());
    const std::string result = text_.substr(at_, end - at_);
    at_ = end;
    return result;
  }

  std::string quoted() {
    const int64_t begun = number_;
    std::string result;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') ++number_;
      if (text_[at_] != '"') {
        result += text_[at_];
        continue;
      }
      if (++at_ >= text_.size() || text_[at_] != '"') return result;
      result += '"';
    }
    throw FileError("'{}', line {}: a quoted field does not end.", path_, begun);
  }

  std::string text_;
  std::string path_;
  char separator_;
  size_t at_ = 0;
  int64_t number_ = 1;
};

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_missing(const std::string& text) {
  constexpr std::array<std::string_view, 5> kMissing{"", "NA", "N/A", "null", "?"};
  return std::find(kMissing.begin(), kMissing.end(), text) != kMissing.end();
}

std::optional<double> number_in(const std::string& field) {
  std::string text = trimmed(field);
  if (is_missing(text)) return std::numeric_limits<double>::quiet_NaN();
  if (text.front() == '+') text.erase(0, 1);
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem == std::errc::result_out_of_range) return std::strtod(text.c_str(), nullptr);  // infinite or 0
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool looks_like_header(const Line& line) {
  return std::none_of(line.fields.begin(), line.fields.end(), [](const std::string& field) {
    return !is_missing(trimmed(field)) && number_in(field).has_value();
  });
}

void add(std::vector<Table::Column>& columns, const Line& line, const std::string& path) {
  if (line.fields.size() != columns.size()) {
    throw FileError("'{}', line {}: expected {} fields, found {}.", path, line.number, columns.size(),
                    line.fields.size());
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto number = number_in(line.fields[i]);
    columns[i].is_numeric = columns[i].is_numeric && number.has_value();
    columns[i].numbers.push_back(number.value_or(0.0));
    columns[i].texts.push_back(line.fields[i]);
  }
}

void check_numeric(const Table::Column& column) {
  if (column.is_numeric) return;
  const auto text = std::find_if(column.texts.begin(), column.texts.end(), [](const std::string& field) {
    return !number_in(field).has_value();
  });
  throw ValueError("Column '{}' holds texts, such as '{}' in row {}: use `classes(\"{}\")` to number them, or leave it "
                   "out.", column.name, *text, text - column.texts.begin(), column.name);
}

}  // namespace

int64_t Table::rows() const { return columns_.empty() ? 0 : static_cast<int64_t>(columns_.front().texts.size()); }

std::vector<std::string> Table::names() const {
  std::vector<std::string> result;
  for (const auto& column : columns_) result.push_back(column.name);
  return result;
}

const Table::Column& Table::find(const std::string& name) const {
  const auto found = std::find_if(columns_.begin(), columns_.end(), [&](const Column& c) { return c.name == name; });
  if (found != columns_.end()) return *found;
  throw ValueError("The table has no column '{}'. {}", name, utils::describe_names(name, names()));
}

Array Table::operator[](const std::string& name) const { return columns({name}).reshape({rows()}); }

Array Table::columns(const std::vector<std::string>& names) const {
  const auto width = static_cast<int64_t>(names.size());
  at::Tensor result = at::empty({rows(), width}, at::kDouble);
  auto* values = static_cast<double*>(result.data_ptr());
  for (int64_t j = 0; j < width; ++j) {
    const Column& column = find(names[static_cast<size_t>(j)]);
    check_numeric(column);
    for (int64_t i = 0; i < rows(); ++i) values[i * width + j] = column.numbers[static_cast<size_t>(i)];
  }
  return Array(std::move(result));
}

Array Table::except(const std::string& name) const {
  find(name);
  std::vector<std::string> others = names();
  others.erase(std::remove(others.begin(), others.end(), name), others.end());
  return columns(others);
}

const std::vector<std::string>& Table::texts(const std::string& name) const { return find(name).texts; }

std::vector<std::string> Table::class_names(const std::string& name) const {
  const auto& all = texts(name);
  const std::set<std::string> different(all.begin(), all.end());
  return {different.begin(), different.end()};
}

Array Table::classes(const std::string& name) const {
  const auto known = class_names(name);
  std::vector<int64_t> result;
  for (const auto& text : texts(name)) {
    result.push_back(std::lower_bound(known.begin(), known.end(), text) - known.begin());
  }
  return Array(std::move(result));
}

Table read_csv(const std::string& path, CsvOptions options) {
  Reader reader(saving::read_file(path), path, options.separator);
  Line line;
  if (!reader.next(line)) throw FileError("'{}' is empty: it holds no table.", path);
  std::vector<Table::Column> columns(line.fields.size());
  const bool has_header = options.header.value_or(looks_like_header(line));
  for (size_t i = 0; i < columns.size(); ++i) {
    columns[i].name = has_header ? trimmed(line.fields[i]) : std::to_string(i);
  }
  if (!has_header) add(columns, line, path);
  while (reader.next(line)) add(columns, line, path);
  if (options.columns.empty()) return Table(std::move(columns));
  std::vector<Table::Column> chosen;
  for (const auto& name : options.columns) {
    const auto found = std::find_if(columns.begin(), columns.end(), [&](const auto& c) { return c.name == name; });
    if (found == columns.end()) {
      throw ValueError("'{}' has no column '{}'. {}", path, name, utils::describe_names(name, Table(columns).names()));
    }
    chosen.push_back(*found);
  }
  return Table(std::move(chosen));
}

}  // namespace keraslike::data

#include "keraslike/data/csv.h"

#include <algorithm>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string_view>

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>

#include "keraslike/data/csv_reader.h"
#include "keraslike/saving/files.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/large_memory.h"
#include "keraslike/utils/parallel.h"
#include "keraslike/utils/registry.h"

namespace keraslike::data {

// The file's text, and its numbers row after row. Texts are made of the text when somebody asks for them.
struct Table::Content {
  std::string text;
  std::string path;
  char separator = ',';
  size_t begin = 0;    // of the first row
  int64_t line = 1;    // its number
  std::vector<std::string> names;
  at::Tensor numbers;  // (rows, columns)
  std::vector<char> is_text;
  std::mutex mutex;
  std::map<size_t, std::vector<std::string>> texts;

  CsvReader reader() const { return {std::string_view(text).substr(begin), line, path, separator}; }

  const std::vector<std::string>& texts_of(size_t column) {
    const std::lock_guard lock(mutex);
    const auto known = texts.find(column);
    if (known != texts.end()) return known->second;
    std::vector<std::string> found;
    found.reserve(static_cast<size_t>(numbers.size(0)));
    CsvReader reader = this->reader();
    while (reader.begin_line()) {
      size_t index = 0;
      do {
        const std::string_view field = reader.field();
        if (index++ == column) found.emplace_back(field);
      } while (reader.next_field());
      reader.end_line();
    }
    return texts[column] = std::move(found);
  }

  void read_rows();
  std::vector<size_t> chosen(const std::vector<std::string>& wanted) const;
};

namespace {

// A part of the text whose rows one thread reads.
struct Part {
  std::string_view text;
  int64_t line = 1;       // the number of its first line
  int64_t first_row = 0;  // where there is room for its rows
  int64_t rows = 0;
  std::vector<char> is_text = {};
  std::exception_ptr problem = nullptr;
};

// As many as there are or more: lines may be blank, and quoted fields hold line breaks.
int64_t count_lines(std::string_view text) {
  int64_t lines = std::count(text.begin(), text.end(), '\n') + (text.ends_with('\n') ? 0 : 1);
  for (size_t at = text.find('\r'); at != text.npos; at = text.find('\r', at + 1)) {
    if (at + 1 == text.size() || text[at + 1] != '\n') ++lines;
  }
  return lines;
}

// Quotes may hide the end of a line, so that a text with quotes stays whole.
std::vector<std::string_view> split_at_lines(std::string_view text) {
  constexpr int64_t kGrain = 1 << 18;  // bytes that are worth a thread
  const int64_t threads = utils::threads_for(static_cast<int64_t>(text.size()), kGrain);
  if (threads == 1 || text.find('"') != text.npos) return {text};
  std::vector<std::string_view> parts;
  const size_t least = text.size() / static_cast<size_t>(threads);
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n', least), text.size() - 1) + 1;
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return parts;
}

void read_row(CsvReader& reader, double* values, std::vector<char>& is_text, const std::string& path) {
  const size_t width = is_text.size();
  size_t count = 0;
  do {
    std::optional<double> number = reader.plain_number();
    if (!number) number = csv_number(reader.field());
    if (count < width) {
      values[count] = number.value_or(0.0);
      if (!number) is_text[count] = 1;
    }
    ++count;
  } while (reader.next_field());
  const int64_t line = reader.line();
  reader.end_line();
  if (count != width) throw FileError("'{}', line {}: expected {} fields, found {}.", path, line, width, count);
}

void read_part(Part& part, double* values, const std::string& path, char separator) {
  const size_t width = part.is_text.size();
  try {
    CsvReader reader(part.text, part.line, path, separator);
    for (; reader.begin_line(); ++part.rows, values += width) read_row(reader, values, part.is_text, path);
  } catch (...) {
    part.problem = std::current_exception();
  }
}

// One after the other, where blank lines have left room between them.
int64_t close_up(const std::vector<Part>& parts, double* values, int64_t width) {
  int64_t rows = 0;
  for (const Part& part : parts) {
    if (part.problem) std::rethrow_exception(part.problem);
    if (part.first_row != rows) std::copy_n(values + part.first_row * width, part.rows * width, values + rows * width);
    rows += part.rows;
  }
  return rows;
}

bool looks_like_header(CsvReader reader) {
  reader.begin_line();
  do {
    const std::string_view field = reader.field();
    if (!is_missing_in_csv(field) && csv_number(field)) return false;
  } while (reader.next_field());
  return true;
}

std::vector<std::string> read_names(CsvReader& reader, bool has_header) {
  std::vector<std::string> names;
  do {
    const std::string_view field = reader.field();
    names.push_back(has_header ? std::string(trimmed_field(field)) : std::to_string(names.size()));
  } while (reader.next_field());
  reader.end_line();
  return names;
}

}  // namespace

void Table::Content::read_rows() {
  const auto width = static_cast<int64_t>(names.size());
  is_text.assign(names.size(), 0);
  std::vector<Part> parts;
  int64_t most_rows = 0;
  int64_t next_line = line;
  for (const std::string_view lines : split_at_lines(std::string_view(text).substr(begin))) {
    parts.push_back({.text = lines, .line = next_line, .first_row = most_rows, .is_text = is_text});
    next_line += std::count(lines.begin(), lines.end(), '\n');
    most_rows += count_lines(lines);
  }
  numbers = utils::empty_large({most_rows, width}, at::kDouble);
  auto* values = static_cast<double*>(numbers.data_ptr());
  utils::for_parts(static_cast<int64_t>(parts.size()), [&](int64_t index) {
    Part& part = parts[static_cast<size_t>(index)];
    read_part(part, values + part.first_row * width, path, separator);
  });
  numbers = numbers.narrow(0, 0, close_up(parts, values, width));
  for (const Part& part : parts) {
    std::transform(is_text.begin(), is_text.end(), part.is_text.begin(), is_text.begin(), std::logical_or<>());
  }
}

std::vector<size_t> Table::Content::chosen(const std::vector<std::string>& wanted) const {
  std::vector<size_t> places;
  for (size_t i = 0; wanted.empty() && i < names.size(); ++i) places.push_back(i);
  for (const auto& name : wanted) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
      throw ValueError("'{}' has no column '{}'. {}", path, name, utils::describe_names(name, names));
    }
    places.push_back(static_cast<size_t>(found - names.begin()));
  }
  return places;
}

Table::Table(std::shared_ptr<Content> content, std::vector<size_t> columns)
    : content_(std::move(content)), columns_(std::move(columns)) {}

int64_t Table::rows() const { return content_->numbers.size(0); }

std::vector<std::string> Table::names() const {
  std::vector<std::string> result;
  for (const size_t column : columns_) result.push_back(content_->names[column]);
  return result;
}

size_t Table::find(const std::string& name) const {
  for (const size_t column : columns_) {
    if (content_->names[column] == name) return column;
  }
  throw ValueError("The table has no column '{}'. {}", name, utils::describe_names(name, names()));
}

void Table::check_numeric(size_t column) const {
  if (content_->is_text[column] == 0) return;
  const auto& texts = content_->texts_of(column);
  const std::string& name = content_->names[column];
  const auto text = std::find_if(texts.begin(), texts.end(), [](const auto& field) { return !csv_number(field); });
  throw ValueError("Column '{}' holds texts, such as '{}' in row {}: use `classes(\"{}\")` to number them, or leave it "
                   "out.", name, *text, text - texts.begin(), name);
}

Array Table::operator[](const std::string& name) const { return columns({name}).reshape({rows()}); }

Array Table::columns(const std::vector<std::string>& names) const {
  std::vector<int64_t> places;
  for (const auto& name : names) {
    const size_t column = find(name);
    check_numeric(column);
    places.push_back(static_cast<int64_t>(column));
  }
  const bool are_all = std::is_sorted(places.begin(), places.end(), std::less_equal<>()) &&
                       places.size() == content_->names.size();
  at::Tensor numbers = content_->numbers;
  if (!are_all) numbers = numbers.index_select(1, at::tensor(places, at::kLong));
  return Array(std::move(numbers));
}

Array Table::except(const std::string& name) const {
  find(name);
  std::vector<std::string> others = names();
  others.erase(std::remove(others.begin(), others.end(), name), others.end());
  return columns(others);
}

const std::vector<std::string>& Table::texts(const std::string& name) const { return content_->texts_of(find(name)); }

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
  const auto content = std::make_shared<Table::Content>();
  content->text = saving::read_file(path);
  content->path = path;
  content->separator = options.separator;
  if (content->text.starts_with("\xEF\xBB\xBF")) content->begin = 3;  // the mark that spreadsheets put before UTF-8
  CsvReader reader = content->reader();
  if (!reader.begin_line()) throw FileError("'{}' is empty: it holds no table.", path);
  const bool has_header = options.header ? *options.header : looks_like_header(content->reader());
  content->names = read_names(reader, has_header);
  if (has_header) {
    content->begin += reader.at();
    content->line = reader.next_line();
  }
  content->read_rows();
  return Table(content, content->chosen(options.columns));
}

}  // namespace keraslike::data

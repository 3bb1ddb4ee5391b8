#include "keraslike/data/csv_reader.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <limits>

#include "keraslike/utils/errors.h"

namespace keraslike::data {

namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

}  // namespace

CsvReader::CsvReader(std::string_view text, int64_t line, const std::string& path, char separator)
    : text_(text), path_(path), separator_(separator), number_(line), begun_(line) {
  constexpr std::string_view kInNumbers = "+-.()_";
  const bool is_alphanumeric = std::isalnum(static_cast<unsigned char>(separator)) != 0;
  knows_numbers_ = !is_alphanumeric && kInNumbers.find(separator) == kInNumbers.npos;
}

bool CsvReader::begin_line() {
  while (!is_at_end() && is_at_line_end()) skip_line_end();
  begun_ = number_;
  return !is_at_end();
}

bool CsvReader::next_field() {
  if (is_at_end() || text_[at_] != separator_) return false;
  ++at_;
  return true;
}

void CsvReader::end_line() {
  if (is_at_end()) return;
  if (!is_at_line_end()) {
    throw FileError("'{}', line {}: a quoted field is followed by '{}'.", path_, number_, text_[at_]);
  }
  skip_line_end();
}

void CsvReader::skip_line_end() {
  if (text_[at_++] == '\n') ++number_;
}

bool CsvReader::ends_field(const char* place) const {
  return place == text_.data() + text_.size() || *place == separator_ || *place == '\n' || *place == '\r';
}

std::string_view CsvReader::field() {
  if (!is_at_end() && text_[at_] == '"') return quoted();
  const char* begin = text_.data() + at_;
  const char* end = begin;
  while (!ends_field(end)) ++end;
  at_ += static_cast<size_t>(end - begin);
  return {begin, static_cast<size_t>(end - begin)};
}

std::string_view CsvReader::quoted() {
  const int64_t begun = number_;
  unquoted_.clear();
  for (++at_; !is_at_end(); ++at_) {
    if (text_[at_] == '\n') ++number_;
    if (text_[at_] != '"') {
      unquoted_ += text_[at_];
      continue;
    }
    ++at_;
    if (is_at_end() || text_[at_] != '"') return unquoted_;
    unquoted_ += '"';
  }
  throw FileError("'{}', line {}: a quoted field does not end.", path_, begun);
}

std::optional<double> CsvReader::plain_number() {
  if (!knows_numbers_) return std::nullopt;
  const char* begin = text_.data() + at_;
  if (ends_field(begin)) return kMissing;
  double value = 0;
  const auto [end, problem] = std::from_chars(begin, text_.data() + text_.size(), value);
  if (problem != std::errc() || !ends_field(end)) return std::nullopt;
  at_ += static_cast<size_t>(end - begin);
  return value;
}

std::string_view trimmed_field(std::string_view field) {
  const size_t first = field.find_first_not_of(" \t");
  if (first == field.npos) return {};
  return field.substr(first, field.find_last_not_of(" \t") - first + 1);
}

bool is_missing_in_csv(std::string_view field) {
  constexpr std::array<std::string_view, 5> kWords{"", "NA", "N/A", "null", "?"};
  return std::find(kWords.begin(), kWords.end(), trimmed_field(field)) != kWords.end();
}

std::optional<double> csv_number(std::string_view field) {
  if (is_missing_in_csv(field)) return kMissing;
  std::string_view text = trimmed_field(field);
  if (text.front() == '+') text.remove_prefix(1);
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem == std::errc::result_out_of_range) {
    return std::strtod(std::string(text).c_str(), nullptr);  // infinite or 0
  }
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace keraslike::data

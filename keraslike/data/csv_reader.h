#pragma once

// For sources.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keraslike::data {

// Where the fields of a CSV text are. A quoted field may hold separators, line breaks and doubled quotes.
//
//     while (reader.begin_line()) {
//       do { ... reader.field() ... } while (reader.next_field());
//       reader.end_line();
//     }
class CsvReader {
 public:
  // `text` begins at the start of a line, which has the number `line`; `path` names the file in messages.
  CsvReader(std::string_view text, int64_t line, const std::string& path, char separator);

  bool begin_line();  // of the next line that is not blank; false at the end
  bool next_field();  // goes beyond a separator; false at the end of the line
  void end_line();    // throws FileError where something stands behind a quoted field

  // The field that begins here, without its quotes; it stays until the next call. Throws FileError where its quotes do
  // not end.
  std::string_view field();

  // A number that fills the field that begins here, without spaces or quotes. Of any other field this takes nothing.
  std::optional<double> plain_number();

  int64_t line() const { return begun_; }  // the line's number in the file
  size_t at() const { return at_; }        // how much of the text is behind
  int64_t next_line() const { return number_; }

 private:
  bool is_at_end() const { return at_ >= text_.size(); }
  bool is_at_line_end() const { return is_at_end() || text_[at_] == '\n' || text_[at_] == '\r'; }
  bool ends_field(const char* place) const;
  void skip_line_end();
  std::string_view quoted();

  std::string_view text_;
  const std::string& path_;
  char separator_;
  bool knows_numbers_;  // no number can hold the separator
  size_t at_ = 0;
  int64_t number_;
  int64_t begun_;
  std::string unquoted_;
};

// What a field says: NaN where it is empty or says that a value is missing, nothing where it is a text.
std::optional<double> csv_number(std::string_view field);
bool is_missing_in_csv(std::string_view field);
std::string_view trimmed_field(std::string_view field);

}  // namespace keraslike::data

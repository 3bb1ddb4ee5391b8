#include "keraslike/callbacks/csv_logger.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "keraslike/utils/errors.h"
#include "keraslike/utils/number_format.h"

namespace keraslike::callbacks {

namespace {

// Python's csv puts quotes round a cell that holds the separator, a quote or a line break, and doubles its quotes.
std::string quoted(const std::string& cell, const std::string& separator) {
  if (cell.find_first_of(separator + "\"\r\n") == std::string::npos) return cell;
  std::string text = "\"";
  for (const char c : cell) text.append(c == '"' ? 2 : 1, c);
  return text + '"';
}

bool has_content(const std::string& filename) {
  return std::ifstream(filename).peek() != std::ifstream::traits_type::eof();
}

}  // namespace

CSVLogger::CSVLogger(std::string filename, CSVLoggerOptions options)
    : filename_(std::move(filename)), options_(std::move(options)) {
  if (options_.separator.size() == 1) return;
  throw ValueError("CSVLogger expects `separator` to be one character. Received: separator='{}'", options_.separator);
}

void CSVLogger::on_train_begin(Logs&) {
  if (options_.append) append_header_ = !has_content(filename_);
  keys_.clear();
  const auto mode = options_.append ? std::ios::app | std::ios::binary : std::ios::out | std::ios::binary;
  file_ = std::make_shared<std::ofstream>(filename_, mode);
  if (!*file_) throw FileError("CSVLogger can not write to '{}'. Does its folder exist?", filename_);
}

// Where the first epoch is not validated, later ones may be: their columns are kept free.
void CSVLogger::begin(const Logs& logs) {
  keys_ = logs.keys();
  std::sort(keys_.begin(), keys_.end());
  const auto is_validation = [](const std::string& key) { return key.starts_with("val_"); };
  const size_t measured = keys_.size();
  if (std::none_of(keys_.begin(), keys_.end(), is_validation)) {
    for (size_t i = 0; i < measured; ++i) keys_.push_back("val_" + keys_[i]);
  }
  std::vector<std::string> header = {"epoch"};
  header.insert(header.end(), keys_.begin(), keys_.end());
  if (append_header_) write_row(header);
}

void CSVLogger::on_epoch_end(int64_t epoch, Logs& logs) {
  if (keys_.empty()) begin(logs);
  std::vector<std::string> row = {fmt::format("{}", epoch)};
  for (const auto& key : keys_) {
    const double* value = logs.find(key);
    row.push_back(value == nullptr ? "NA" : utils::python_float(*value));
  }
  write_row(row);
}

void CSVLogger::on_train_end(Logs&) { file_.reset(); }

// Lines end as Python's csv ends them, on every system.
void CSVLogger::write_row(const std::vector<std::string>& cells) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += options_.separator;
    line += quoted(cells[i], options_.separator);
  }
  *file_ << line << "\r\n" << std::flush;
  if (!*file_) throw FileError("CSVLogger can not write to '{}': the disk may be full.", filename_);
}

}  // namespace keraslike::callbacks

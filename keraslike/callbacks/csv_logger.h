#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "keraslike/callbacks/callback.h"

namespace keraslike::callbacks {

struct CSVLoggerOptions {
  std::string separator = ",";  // one character
  bool append = false;          // continue a file that exists, without a second header
};

// Writes a line per epoch: its index, from 0, and every log by name. What an epoch did not measure is "NA".
class CSVLogger : public Callback {
 public:
  explicit CSVLogger(std::string filename, CSVLoggerOptions options = {});

  void on_train_begin(Logs& logs) override;
  void on_epoch_end(int64_t epoch, Logs& logs) override;
  void on_train_end(Logs& logs) override;

 private:
  void begin(const Logs& logs);
  void write_row(const std::vector<std::string>& cells);

  std::string filename_;
  CSVLoggerOptions options_;
  std::shared_ptr<std::ofstream> file_;
  std::vector<std::string> keys_;
  bool append_header_ = true;
};

}  // namespace keraslike::callbacks

#pragma once

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "keraslike/utils/console.h"
#include "keraslike/utils/warnings.h"

// What the library prints while this lives.
class CapturedConsole {
 public:
  explicit CapturedConsole(bool is_terminal = false)
      : before_(keraslike::set_console(keraslike::console_for(stream_, is_terminal))) {}
  ~CapturedConsole() { keraslike::set_console(std::move(before_)); }
  CapturedConsole(const CapturedConsole&) = delete;
  CapturedConsole& operator=(const CapturedConsole&) = delete;

  std::string text() const { return stream_.str(); }

 private:
  std::ostringstream stream_;
  keraslike::Console before_;
};

// What the library warns of while this lives.
class CapturedWarnings {
 public:
  CapturedWarnings()
      : before_(keraslike::set_warning_handler([this](const std::string& message) { messages.push_back(message); })) {}
  ~CapturedWarnings() { keraslike::set_warning_handler(std::move(before_)); }
  CapturedWarnings(const CapturedWarnings&) = delete;
  CapturedWarnings& operator=(const CapturedWarnings&) = delete;

  std::vector<std::string> messages;

 private:
  keraslike::WarningHandler before_;
};

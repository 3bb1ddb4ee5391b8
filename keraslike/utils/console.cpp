#include "keraslike/utils/console.h"

#include <charconv>
#include <cstdlib>
#include <mutex>
#include <ostream>
#include <string>
#include <utility>

#include <sys/ioctl.h>
#include <unistd.h>

namespace keraslike {

namespace {

std::mutex console_mutex;

Console& current() {
  static Console instance = console_for(stdout);
  return instance;
}

}  // namespace

Console console_for(std::FILE* stream) {
  const auto write = [stream](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stream);
    std::fflush(stream);
  };
  return {.write = write, .is_terminal = ::isatty(::fileno(stream)) == 1};
}

Console console_for(std::ostream& stream, bool is_terminal) {
  const auto write = [&stream](std::string_view text) { stream << text << std::flush; };
  return {.write = write, .is_terminal = is_terminal};
}

Console set_console(Console console) {
  const std::lock_guard lock(console_mutex);
  return std::exchange(current(), std::move(console));
}

namespace utils {

Console console() {
  const std::lock_guard lock(console_mutex);
  return current();
}

void print_line(std::string_view text) {
  if (const Console here = console(); here.write) here.write(std::string(text) + '\n');
}

int64_t terminal_columns() {
  constexpr int64_t kUnknown = 80;
  if (const char* text = std::getenv("COLUMNS")) {
    const std::string_view columns = text;
    int64_t value = 0;
    std::from_chars(columns.data(), columns.data() + columns.size(), value);
    if (value > 0) return value;
  }
  winsize size = {};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUnknown;
}

}  // namespace utils
}  // namespace keraslike

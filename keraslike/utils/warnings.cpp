#include "keraslike/utils/warnings.h"

#include <cstdio>
#include <mutex>
#include <utility>

namespace keraslike {

namespace {

void print_warning(const std::string& message) { std::fprintf(stderr, "Warning: %s\n", message.c_str()); }

std::mutex handler_mutex;
WarningHandler handler = print_warning;

}  // namespace

WarningHandler set_warning_handler(WarningHandler next) {
  const std::lock_guard lock(handler_mutex);
  return std::exchange(handler, std::move(next));
}

namespace utils {

void warn(const std::string& message) {
  WarningHandler current;
  {
    const std::lock_guard lock(handler_mutex);
    current = handler;
  }
  if (current) current(message);
}

}  // namespace utils
}  // namespace keraslike

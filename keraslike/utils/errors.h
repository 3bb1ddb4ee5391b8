#pragma once

#include <stdexcept>
#include <string>

#include "keraslike/utils/format.h"

namespace keraslike {

// What a caller passed is not what was asked for. The text says who expected what, what came, and how to mend it.
struct ValueError : std::invalid_argument {
  explicit ValueError(const std::string& message) : std::invalid_argument(message) {}

  template <class... Args>
  explicit ValueError(fmt::format_string<Args...> text, Args&&... args)
      : std::invalid_argument(utils::vformat(text, fmt::make_format_args(args...))) {}
};

// A file that can not be read or written. The text names the file, the place in it, and what is wrong.
struct FileError : std::runtime_error {
  explicit FileError(const std::string& message) : std::runtime_error(message) {}

  template <class... Args>
  explicit FileError(fmt::format_string<Args...> text, Args&&... args)
      : std::runtime_error(utils::vformat(text, fmt::make_format_args(args...))) {}
};

}  // namespace keraslike

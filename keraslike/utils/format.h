#pragma once

// The light half of fmt: the whole of it would double what including keraslike costs.
#if __has_include(<fmt/base.h>)
#include <fmt/base.h>
#else
#include <fmt/core.h>
#endif

#include <string>

namespace keraslike::utils {

// `fmt::vformat`, compiled once in the library.
std::string vformat(fmt::string_view text, fmt::format_args args);

// For `fmt::formatter` of a type with `to_string`.
template <class T>
struct TextFormatter {
  constexpr auto parse(fmt::format_parse_context& context) const { return context.begin(); }

  auto format(const T& value, fmt::format_context& context) const {
    auto out = context.out();
    for (const char letter : value.to_string()) *out++ = letter;
    return out;
  }
};

}  // namespace keraslike::utils

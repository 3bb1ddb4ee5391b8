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

}  // namespace keraslike::utils

#pragma once

// For sources.

#include <cstdint>
#include <string>
#include <string_view>

namespace keraslike::utils {

// UTF-8 to code points and back; a byte that is not UTF-8 becomes U+FFFD.
std::u32string to_code_points(std::string_view text);
std::string to_utf8(std::u32string_view text);

// Cells that text takes in a terminal: none for a combining mark, two for a wide East Asian character or an emoji.
int64_t display_width(char32_t code_point);
int64_t display_width(std::u32string_view text);
int64_t display_width(std::string_view text);

}  // namespace keraslike::utils

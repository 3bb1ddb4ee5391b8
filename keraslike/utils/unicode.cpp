#include "keraslike/utils/unicode.h"

#include <algorithm>
#include <array>

namespace keraslike::utils {

namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Range {
  char32_t first, last;
};

template <size_t N>
bool is_in(char32_t code_point, const std::array<Range, N>& ranges) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const Range& range) { return range.first <= code_point && code_point <= range.last; });
}

// The blocks that names are made of in practice, not the whole of Unicode's tables.
constexpr std::array<Range, 5> kCombining = {
    {{0x0300, 0x036F}, {0x1AB0, 0x1AFF}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}}};
constexpr std::array<Range, 9> kWide = {{{0x1100, 0x115F},
                                         {0x2E80, 0x303E},
                                         {0x3041, 0xA4CF},
                                         {0xAC00, 0xD7A3},
                                         {0xF900, 0xFAFF},
                                         {0xFE30, 0xFE6F},
                                         {0xFF00, 0xFF60},
                                         {0x1F300, 0x1FAFF},
                                         {0x20000, 0x3FFFD}}};

// How many bytes follow a first byte, or -1 where it can not be one.
int bytes_after(unsigned char first) {
  if (first < 0x80) return 0;
  if (first >= 0xC2 && first < 0xE0) return 1;
  if (first >= 0xE0 && first < 0xF0) return 2;
  return first >= 0xF0 && first < 0xF5 ? 3 : -1;
}

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

}  // namespace

std::u32string to_code_points(std::string_view text) {
  std::u32string result;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto first = static_cast<unsigned char>(text[i]);
    const int count = bytes_after(first);
    const auto rest = text.substr(i + 1, count > 0 ? static_cast<size_t>(count) : 0);
    const bool is_whole = std::all_of(rest.begin(), rest.end(), is_continuation);
    if (count < 0 || rest.size() != static_cast<size_t>(count) || !is_whole) {
      result += kReplacement;
      continue;
    }
    char32_t code_point = count == 0 ? first : first & (0x3FU >> static_cast<unsigned>(count));
    for (const char byte : rest) code_point = (code_point << 6U) | (static_cast<unsigned char>(byte) & 0x3FU);
    result += code_point;
    i += rest.size();
  }
  return result;
}

std::string to_utf8(std::u32string_view text) {
  std::string result;
  const auto add = [&](char32_t bits) { result += static_cast<char>(static_cast<unsigned char>(bits)); };
  for (const char32_t c : text) {
    if (c < 0x80) {
      add(c);
      continue;
    }
    const unsigned following = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    add(((0xFF00U >> (following + 1)) & 0xFFU) | (c >> (6 * following)));
    for (unsigned i = following; i-- > 0;) add(0x80U | ((c >> (6 * i)) & 0x3FU));
  }
  return result;
}

int64_t display_width(char32_t code_point) {
  if (code_point < 0x0300) return 1;
  if (is_in(code_point, kCombining)) return 0;
  return is_in(code_point, kWide) ? 2 : 1;
}

int64_t display_width(std::u32string_view text) {
  int64_t width = 0;
  for (const char32_t code_point : text) width += display_width(code_point);
  return width;
}

int64_t display_width(std::string_view text) { return display_width(to_code_points(text)); }

}  // namespace keraslike::utils

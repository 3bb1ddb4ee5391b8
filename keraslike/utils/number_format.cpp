#include "keraslike/utils/number_format.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

namespace keraslike::utils {

std::string with_thousands(int64_t number) {
  std::string text = fmt::format("{}", number);
  const size_t first = number < 0 ? 1 : 0;
  for (size_t i = text.size(); i > first + 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

std::string readable_memory_size(double bytes) {
  constexpr std::array kUnits = {"B", "KB", "MB", "GB", "TB", "PB"};
  constexpr double kScale = 1024;
  size_t unit = 0;
  for (; bytes >= kScale && unit + 1 < kUnits.size(); ++unit) bytes /= kScale;
  return fmt::format("{:.2f} {}", bytes, kUnits[unit]);
}

std::string python_float(double value) {
  if (std::isnan(value)) return "nan";
  std::string text = fmt::format("{}", value);
  if (std::isfinite(value) && text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

}  // namespace keraslike::utils

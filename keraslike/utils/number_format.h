#pragma once

// For sources.

#include <cstdint>
#include <string>

namespace keraslike::utils {

// "1,234,567"
std::string with_thousands(int64_t number);

// "6.17 KB": units of 1024, two decimals.
std::string readable_memory_size(double bytes);

// A number as Python prints it: the shortest digits that read back, "1.0" for a whole one, "nan" without a sign.
std::string python_float(double value);

}  // namespace keraslike::utils

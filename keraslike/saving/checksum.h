#pragma once

// For sources.

#include <cstdint>
#include <string_view>

namespace keraslike::saving {

// What zip archives know their members by, computed by several threads.
uint32_t crc32_of(std::string_view bytes);

}  // namespace keraslike::saving

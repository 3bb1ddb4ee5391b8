#include "keraslike/saving/checksum.h"

#include <algorithm>
#include <vector>

#include <zlib.h>

#include "keraslike/utils/parallel.h"

namespace keraslike::saving {

uint32_t crc32_of(std::string_view bytes) {
  constexpr int64_t kGrain = int64_t{1} << 20;  // bytes that are worth a thread
  const auto size = static_cast<int64_t>(bytes.size());
  const int64_t parts = utils::threads_for(size, kGrain);
  const int64_t length = (size + parts - 1) / parts;
  std::vector<uLong> sums(static_cast<size_t>(parts), crc32_z(0, nullptr, 0));
  const auto part = [&](int64_t index) {
    return bytes.substr(static_cast<size_t>(std::min(length * index, size)), static_cast<size_t>(length));
  };
  utils::for_parts(parts, [&](int64_t index) {
    const std::string_view own = part(index);
    uLong& sum = sums[static_cast<size_t>(index)];
    sum = crc32_z(sum, reinterpret_cast<const Bytef*>(own.data()), own.size());
  });
  uLong whole = sums.front();
  for (int64_t index = 1; index < parts; ++index) {
    whole = crc32_combine(whole, sums[static_cast<size_t>(index)], static_cast<z_off_t>(part(index).size()));
  }
  return static_cast<uint32_t>(whole);
}

}  // namespace keraslike::saving

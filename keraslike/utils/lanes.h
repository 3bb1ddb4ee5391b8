#pragma once

// For sources that are compiled once for each generation of processors: vectors as wide as its registers, AVX2's at
// least. Its functions are those of each source alone.

#include <cstdint>

namespace keraslike::utils {

namespace {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#else
constexpr int kLanes = 8;
#endif
using Floats = float __attribute__((vector_size(kLanes * sizeof(float))));
using Ints = int32_t __attribute__((vector_size(kLanes * sizeof(int32_t))));

inline Floats load(const float* from) {
  Floats values;
  __builtin_memcpy(&values, from, sizeof(values));
  return values;
}
inline Floats load(const float* from, int64_t count) {
  if (count >= kLanes) return load(from);
  Floats values{};
  __builtin_memcpy(&values, from, static_cast<unsigned long>(count) * sizeof(float));
  return values;
}
inline void store(Floats values, float* to, int64_t count) {
  const auto kept = static_cast<unsigned long>(count >= kLanes ? kLanes : count) * sizeof(float);
  if (count >= kLanes) {
    __builtin_memcpy(to, &values, sizeof(values));
  } else {
    __builtin_memcpy(to, &values, kept);
  }
}

}  // namespace

}  // namespace keraslike::utils

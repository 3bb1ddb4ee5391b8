#pragma once

// For sources that are compiled for one generation of processors: the widest vectors that it has. It uses no function
// of any header but the compiler's own, which are always inlined: the linker could otherwise take the copy that needs
// the newest processor for all.

#include <immintrin.h>

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
inline void store(Floats values, float* to) { __builtin_memcpy(to, &values, sizeof(values)); }

// The first lanes of a vector; memory beyond them is not touched, and reads as 0.
#if defined(__AVX512F__)
using Mask = __mmask16;
inline Mask first_lanes(int64_t count) {
  return static_cast<Mask>(count >= kLanes ? 0xffffU : count <= 0 ? 0U : (1U << count) - 1U);
}
inline Floats load(const float* from, Mask mask) { return reinterpret_cast<Floats>(_mm512_maskz_loadu_ps(mask, from)); }
inline void store(Floats values, float* to, Mask mask) {
  _mm512_mask_storeu_ps(to, mask, reinterpret_cast<__m512>(values));
}
#else
using Mask = __m256i;
inline Mask first_lanes(int64_t count) {
  const auto most = static_cast<int32_t>(count > kLanes ? kLanes : count);
  return reinterpret_cast<Mask>(Ints{0, 1, 2, 3, 4, 5, 6, 7} < most);
}
inline Floats load(const float* from, Mask mask) { return reinterpret_cast<Floats>(_mm256_maskload_ps(from, mask)); }
inline void store(Floats values, float* to, Mask mask) {
  _mm256_maskstore_ps(to, mask, reinterpret_cast<__m256>(values));
}
#endif
inline Floats load(const float* from, int64_t count) { return load(from, first_lanes(count)); }
inline void store(Floats values, float* to, int64_t count) { store(values, to, first_lanes(count)); }

// The i-th of two vectors shuffled like cards: their lower halves for 0, their upper halves for 1.
inline Floats riffled(Floats first, Floats second, int half) {
  Ints order;
  for (int i = 0; i < kLanes; ++i) order[i] = half * kLanes / 2 + i / 2 + (i % 2) * kLanes;
#if defined(__clang__)
  Floats result;
  for (int i = 0; i < kLanes; ++i) result[i] = order[i] < kLanes ? first[order[i]] : second[order[i] - kLanes];
  return result;
#else
  return __builtin_shuffle(first, second, order);
#endif
}

// The sum of each of as many vectors as a vector has lanes. Each round folds the upper half of all lanes on the lower.
inline Floats sums_of(Floats (&vectors)[kLanes]) {
#pragma GCC unroll 4
  for (int half = kLanes / 2; half > 0; half /= 2) {
#pragma GCC unroll 8
    for (int i = 0; i < half; ++i) {
      vectors[i] = riffled(vectors[i], vectors[i + half], 0) + riffled(vectors[i], vectors[i + half], 1);
    }
  }
  return vectors[0];
}

}  // namespace

}  // namespace keraslike::utils

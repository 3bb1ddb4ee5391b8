#pragma once

// For sources.

namespace keraslike::utils {

#if defined(__x86_64__)
// The best of three ways to compute the same thing, of those that this processor can run.
template <class Way>
const Way& chosen_for_processor(const Way& baseline, const Way& haswell, const Way& skylake_avx512) {
  const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512cd");
  if (has_avx512) return skylake_avx512;
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2") ? haswell
                                                                                                          : baseline;
}
#endif

}  // namespace keraslike::utils

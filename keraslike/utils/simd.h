#pragma once

// Loops over plain memory that become the widest vector instructions of the processor that runs them. For sources.

#include <cstdint>

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

// Before a function: it is compiled once for each generation of processors, and the program's start chooses one. What it
// calls must be inlined. Elsewhere than on x86 the build's own target decides.
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_ADDRESS__)
#define KERASLIKE_VECTORIZED __attribute__((target_clones("default", "arch=haswell", "arch=skylake-avx512")))
#else
#define KERASLIKE_VECTORIZED
#endif

// Before what such a function calls.
#define KERASLIKE_INLINE inline __attribute__((always_inline))

namespace keraslike::utils {

// As long as it lives, this thread takes numbers too small for float32's normal range for 0. Arithmetic with them is 100
// times slower, and they abound: the momentum of a weight that gets no more gradient fades through that range.
class FlushTinyNumbers {
 public:
  explicit FlushTinyNumbers([[maybe_unused]] bool on) {
#if defined(__SSE2__)
    constexpr unsigned kFlushResultsAndInputs = 0x8040;
    if (on) _mm_setcsr(before_ | kFlushResultsAndInputs);
#endif
  }
  ~FlushTinyNumbers() {
#if defined(__SSE2__)
    _mm_setcsr(before_);
#endif
  }
  FlushTinyNumbers(const FlushTinyNumbers&) = delete;
  FlushTinyNumbers& operator=(const FlushTinyNumbers&) = delete;

 private:
#if defined(__SSE2__)
  unsigned before_ = _mm_getcsr();
#endif
};

}  // namespace keraslike::utils

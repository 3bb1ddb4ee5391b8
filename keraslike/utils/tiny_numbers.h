#pragma once

// For sources.

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

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

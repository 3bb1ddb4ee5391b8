#include "keraslike/utils/threads.h"

#if __has_include(<dlfcn.h>)
#include <dlfcn.h>
#endif

#include <ATen/Parallel.h>

#include "keraslike/utils/errors.h"

namespace keraslike::config {

namespace {

// LibTorch tells OpenMP and MKL, but not an OpenBLAS that has threads of its own.
void tell_openblas([[maybe_unused]] int count) {
#if __has_include(<dlfcn.h>) && defined(RTLD_DEFAULT)
  using SetThreads = void (*)(int);
  if (const auto set = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(count);
#endif
}

}  // namespace

void set_num_threads(int64_t count) {
  if (count < 1) throw ValueError("set_num_threads expects a count of at least 1. Received: count={}", count);
  at::set_num_threads(static_cast<int>(count));
  tell_openblas(static_cast<int>(count));
}

int64_t num_threads() { return at::get_num_threads(); }

}  // namespace keraslike::config

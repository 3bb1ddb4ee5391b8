#include "keraslike/utils/threads.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

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

// Threads of one core share what computes: Linux lists them as "0,4" or "0-1".
int64_t threads_per_core() {
  std::ifstream file("/sys/devices/system/cpu/cpu0/topology/thread_siblings_list");
  std::string list;
  std::getline(file, list);
  return 1 + std::count_if(list.begin(), list.end(), [](char c) { return c == ',' || c == '-'; });
}

// The processor time that a container grants, in processors; more than any machine has where there is no limit.
int64_t granted_processors() {
  constexpr int64_t kUnlimited = 1 << 20;
  std::ifstream file("/sys/fs/cgroup/cpu.max");  // "max 100000" or "200000 100000", in microseconds
  double quota = 0;
  double period = 0;
  if (!(file >> quota >> period) || period <= 0) return kUnlimited;
  return std::max<int64_t>(1, static_cast<int64_t>(quota / period + 0.5));
}

// That this process may use.
int64_t usable_cores() {
  const int64_t threads = std::max<int64_t>(1, std::thread::hardware_concurrency());
  return std::min(granted_processors(), std::max<int64_t>(1, threads / threads_per_core()));
}

// LibTorch's number when keraslike was last told one, and keraslike's own then. LibTorch can be far off by itself: in some
// virtual machines it sees but one core.
struct Count {
  std::atomic<int64_t> of_libtorch = at::intraop_default_num_threads();
  std::atomic<int64_t> own = is_in_environment() ? of_libtorch.load() : usable_cores();

  static bool is_in_environment() {
    return std::getenv("OMP_NUM_THREADS") != nullptr || std::getenv("MKL_NUM_THREADS") != nullptr;
  }
};

Count& count_of_threads() {
  static Count count;
  return count;
}

}  // namespace

void set_num_threads(int64_t count) {
  if (count < 1) throw ValueError("set_num_threads expects a count of at least 1. Received: count={}", count);
  at::set_num_threads(static_cast<int>(count));
  tell_openblas(static_cast<int>(count));
  count_of_threads().of_libtorch = count;
  count_of_threads().own = count;
}

int64_t num_threads() {
  const int64_t of_libtorch = at::get_num_threads();
  return of_libtorch == count_of_threads().of_libtorch ? count_of_threads().own.load() : of_libtorch;
}

}  // namespace keraslike::config

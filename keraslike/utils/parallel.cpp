#include "keraslike/utils/parallel.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "keraslike/utils/threads.h"

namespace keraslike::utils {

namespace {

constexpr int64_t kMostThreads = 256;

// About 20 microseconds.
constexpr int kLooks = 500;

void pause() {
#if defined(__x86_64__)
  _mm_pause();
#else
  std::this_thread::yield();
#endif
}

thread_local bool is_in_part = false;

std::atomic<int64_t> sharers = 0;
thread_local int64_t depth = 0;

class Pool {
 public:
  ~Pool() {
    stopping_ = true;
    ticket_.fetch_add(kRound);
    ticket_.notify_all();
    for (auto& thread : threads_) thread.join();
  }

  // False, and has done nothing, where another thread is at it.
  bool run(int64_t parts, void (*run)(void*, int64_t), void* state) {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) return false;
    while (static_cast<int64_t>(threads_.size()) < std::min(parts, thread_count()) - 1) {
      threads_.emplace_back([this] { work(); });
    }
    run_ = run;
    state_ = state;
    done_.store(0, std::memory_order_relaxed);
    ticket_.store((ticket_.load(std::memory_order_relaxed) & ~kParts) + kRound + static_cast<uint32_t>(parts),
                  std::memory_order_seq_cst);
    if (sleepers_.load(std::memory_order_seq_cst) > 0) ticket_.notify_all();
    while (take()) {
    }
    for (int looks = 0; done_.load(std::memory_order_acquire) != parts; ++looks) {
      looks < kLooks ? pause() : std::this_thread::yield();
    }
    return true;
  }

 private:
  // A ticket is the number of the round and how many of its parts nobody has taken. Whoever takes one may read what is
  // to be run: it stays until all parts are done.
  static constexpr uint32_t kRound = 1024;
  static constexpr uint32_t kParts = kRound - 1;

  bool take() {
    uint32_t ticket = ticket_.load(std::memory_order_acquire);
    while ((ticket & kParts) != 0) {
      if (!ticket_.compare_exchange_weak(ticket, ticket - 1, std::memory_order_acq_rel)) continue;
      is_in_part = true;
      run_(state_, static_cast<int64_t>((ticket & kParts) - 1));
      is_in_part = false;
      done_.fetch_add(1, std::memory_order_release);
      return true;
    }
    return false;
  }

  void work() {
    while (!stopping_) {
      const uint32_t seen = ticket_.load(std::memory_order_acquire);
      if (take()) continue;
      int looks = 0;
      while (ticket_.load(std::memory_order_acquire) == seen && looks++ < kLooks) pause();
      if (looks <= kLooks || stopping_) continue;
      sleepers_.fetch_add(1, std::memory_order_seq_cst);
      ticket_.wait(seen, std::memory_order_seq_cst);
      sleepers_.fetch_sub(1, std::memory_order_relaxed);
    }
  }

  std::mutex mutex_;
  std::vector<std::thread> threads_;
  std::atomic<bool> stopping_ = false;
  std::atomic<uint32_t> ticket_ = 0;
  std::atomic<int64_t> done_ = 0;
  std::atomic<int> sleepers_ = 0;
  void (*run_)(void*, int64_t) = nullptr;
  void* state_ = nullptr;
};

Pool& pool() {
  static Pool shared;
  return shared;
}

}  // namespace

Sharer::Sharer() {
  if (depth++ == 0) ++sharers;
}
Sharer::~Sharer() {
  if (--depth == 0) --sharers;
}

int64_t thread_count() {
  const int64_t others = sharers.load(std::memory_order_relaxed) - (depth > 0 ? 1 : 0);
  return std::clamp<int64_t>(config::num_threads() / (others + 1), 1, kMostThreads);
}

int64_t threads_for(int64_t work, int64_t least) {
  return work < 2 * least ? 1 : std::clamp<int64_t>(work / least, 1, thread_count());
}

void detail::run_parts(int64_t parts, void (*run)(void* state, int64_t part), void* state) {
  if (parts > 1 && !is_in_part && pool().run(parts, run, state)) return;
  for (int64_t part = 0; part < parts; ++part) run(state, part);
}

}  // namespace keraslike::utils

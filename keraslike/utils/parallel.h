#pragma once

// Work shared among threads. For sources.

#include <cstdint>
#include <memory>
#include <type_traits>

namespace keraslike::utils {

// A call that computes for long, such as `fit`, for as long as it lives. Those that run at once on several threads share
// what `config::set_num_threads` allows; one within another counts once.
class Sharer {
 public:
  Sharer();
  ~Sharer();
  Sharer(const Sharer&) = delete;
  Sharer& operator=(const Sharer&) = delete;
};

// How many threads share work: the calling one's part of `config::num_threads()`.
int64_t thread_count();

// So many of them are worth it for this much work, where one has `least` at least: 1 or more.
int64_t threads_for(int64_t work, int64_t least);

namespace detail {
void run_parts(int64_t parts, void (*run)(void* state, int64_t part), void* state);
}

// Calls part(0), ..., part(parts - 1) on this thread and others, and returns when all are done. Parts must not throw,
// and each must write memory of its own. Allocates nothing. Within a part, and while another thread shares its work,
// all run on the calling thread.
//
// LibTorch's own pool can only be used by what is compiled for the same OpenMP library; these threads look for work for
// a few microseconds before they sleep, so that a step of many small products need not wake them each time.
template <class Part>
void for_parts(int64_t parts, Part&& part) {
  using Function = std::remove_reference_t<Part>;
  detail::run_parts(parts, [](void* state, int64_t index) { (*static_cast<Function*>(state))(index); },
                    const_cast<void*>(static_cast<const void*>(std::addressof(part))));
}

// The same for a range: part(begin, end), which begin at multiples of `grain`.
template <class Part>
void for_ranges(int64_t count, int64_t parts, int64_t grain, Part&& part) {
  const int64_t grains = (count + grain - 1) / grain;
  for_parts(parts, [&](int64_t index) {
    const int64_t begin = grains * index / parts * grain;
    const int64_t end = grains * (index + 1) / parts * grain;
    if (begin < count) part(begin, end < count ? end : count);
  });
}

}  // namespace keraslike::utils

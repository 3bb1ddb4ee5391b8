#include "keraslike/utils/parallel.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <numeric>
#include <thread>
#include <vector>

#include "keraslike/utils/threads.h"

#include "support/catch.h"

using namespace keraslike;

TEST_CASE("Each part is run once, whatever the number of threads", "[utils][parallel]") {
  const int64_t parts = GENERATE(1, 2, 3, 7, 100);
  std::vector<int> runs(static_cast<size_t>(parts));

  for (int round = 0; round < 200; ++round) {
    utils::for_parts(parts, [&](int64_t part) { ++runs[static_cast<size_t>(part)]; });
  }

  CHECK(runs == std::vector<int>(static_cast<size_t>(parts), 200));
}

TEST_CASE("Ranges cover all without overlap and begin at multiples of the grain", "[utils][parallel]") {
  const int64_t count = GENERATE(1, 15, 16, 17, 1000);
  std::vector<int> seen(static_cast<size_t>(count));
  std::atomic<int> misplaced = 0;

  utils::for_ranges(count, 3, 16, [&](int64_t begin, int64_t end) {
    if (begin % 16 != 0) ++misplaced;
    for (int64_t i = begin; i < end; ++i) ++seen[static_cast<size_t>(i)];
  });

  CHECK(seen == std::vector<int>(static_cast<size_t>(count), 1));
  CHECK(misplaced == 0);
}

TEST_CASE("Several threads may share their work at once, and parts may share theirs", "[utils][parallel]") {
  std::atomic<int64_t> sum = 0;
  const auto work = [&] {
    for (int round = 0; round < 100; ++round) {
      utils::for_parts(4, [&](int64_t) { utils::for_parts(3, [&](int64_t part) { sum += part; }); });
    }
  };

  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back(work);
  for (auto& thread : threads) thread.join();

  CHECK(sum == 3 * 100 * 4 * (0 + 1 + 2));
}

TEST_CASE("Calls that compute at once share the threads", "[utils][parallel]") {
  const int64_t before = config::num_threads();
  config::set_num_threads(4);

  const utils::Sharer own;
  int64_t alone = 0;
  int64_t together = 0;
  {
    const utils::Sharer within;
    alone = utils::thread_count();
  }
  std::thread([&] {
    const utils::Sharer other;
    together = utils::thread_count();
  }).join();

  CHECK(alone == 4);
  CHECK(together == 2);
  CHECK(utils::thread_count() == 4);
  config::set_num_threads(before);
}

TEST_CASE("By default there is a thread for each core, unless somebody said otherwise", "[utils][parallel]") {
  const bool is_told = std::getenv("OMP_NUM_THREADS") != nullptr || std::getenv("MKL_NUM_THREADS") != nullptr;

  CHECK(config::num_threads() >= 1);
  if (!is_told) CHECK(config::num_threads() <= std::max<int64_t>(1, std::thread::hardware_concurrency()));
}

TEST_CASE("One setting says how many threads compute", "[utils][parallel]") {
  const int64_t before = config::num_threads();

  config::set_num_threads(1);
  CHECK(config::num_threads() == 1);
  CHECK(utils::threads_for(1'000'000, 10) == 1);
  config::set_num_threads(3);
  CHECK(utils::threads_for(1'000'000, 10) == 3);
  CHECK(utils::threads_for(19, 10) == 1);
  CHECK_THROWS_WITH(config::set_num_threads(0), "set_num_threads expects a count of at least 1. Received: count=0");

  config::set_num_threads(before);
}

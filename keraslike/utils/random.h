#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace keraslike {

// Starts every source of randomness anew: Python's Mersenne Twister, from which unseeded initializers and layers draw
// their seeds, and LibTorch's default generators, which shuffle and drop. The same number means the same model here
// and in Python with Keras' torch backend. As in Keras, `seed` lies in [0, 2**32).
void set_random_seed(int64_t seed);

namespace utils {

// Python's `random.Random(seed)`: the same seed draws the same numbers as Python does.
class PythonRandom {
 public:
  explicit PythonRandom(uint64_t seed);

  uint32_t next_word();
  // `randrange(limit)` for limit in [1, 2**32).
  int64_t below(int64_t limit);
  // Both ends included, as in Python.
  int64_t randint(int64_t low, int64_t high) { return low + below(high - low + 1); }
  void shuffle(std::vector<int64_t>& items);
  // The bytes that all later draws depend on.
  std::string state() const;

 private:
  void seed_with(uint32_t word);
  void refill();

  std::array<uint32_t, 624> words_{};
  uint64_t used_ = 624;
};

// Python's `random.randint(1, 10**9)`, which an unseeded initializer or random layer draws when it is constructed.
int64_t next_seed();

// Python's `random.choice` of `count` things: which of them.
int64_t python_choice(int64_t count);

// Python's `random.shuffle`, which orders the samples of Python-side datasets.
void python_shuffle(std::vector<int64_t>& items);

// Everything that later draws depend on, as bytes: equal states draw equal numbers.
std::string random_state();

// Where a random layer's draws come from: each draw seeds a new generator with `next()`. Without a seed it takes
// `next_seed()` when it is constructed. Keras saves its state with the weights.
class SeedGenerator {
 public:
  explicit SeedGenerator(std::optional<int64_t> seed = {});

  // The seed of the next draw: (seed + number of draws so far) modulo 2**32.
  uint64_t next();

  // What the user gave, for the config.
  const std::optional<int64_t>& initial_seed() const { return initial_seed_; }

  // Keras' variable `seed_generator_state`: {seed, number of draws so far}.
  std::array<int64_t, 2> state() const;
  void set_state(const std::array<int64_t, 2>& state);

 private:
  std::optional<int64_t> initial_seed_;
  std::atomic<int64_t> seed_;
  std::atomic<int64_t> draws_ = 0;
};

}  // namespace utils
}  // namespace keraslike

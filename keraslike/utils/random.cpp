#include "keraslike/utils/random.h"

#include <bit>
#include <mutex>
#include <random>
#include <utility>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/core/Tensor.h>

#include "keraslike/utils/errors.h"

namespace keraslike {

namespace utils {

namespace {

constexpr size_t kWords = 624;
constexpr size_t kShift = 397;
constexpr int64_t kMostSeeds = 1'000'000'000;

// The one that stands for Python's module `random`. Python, too, starts it from the system's entropy.
struct SharedRandom {
  std::mutex mutex;
  PythonRandom random{std::random_device{}()};
};

SharedRandom& shared() {
  static SharedRandom instance;
  return instance;
}

}  // namespace

// MT19937's `init_by_array` with the seed's 32-bit words as key, at least one: how Python seeds with an integer.
PythonRandom::PythonRandom(uint64_t seed) {
  const std::array<uint32_t, 2> key{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
  const size_t key_size = key[1] == 0 ? 1 : 2;
  seed_with(19650218U);
  size_t i = 1;
  const auto mix = [&](uint32_t factor) { return words_[i] ^ ((words_[i - 1] ^ (words_[i - 1] >> 30)) * factor); };
  const auto advance = [&] {
    if (++i < kWords) return;
    words_[0] = words_[kWords - 1];
    i = 1;
  };
  for (size_t k = 0; k < kWords; ++k) {
    const size_t j = k % key_size;
    words_[i] = mix(1664525U) + key[j] + static_cast<uint32_t>(j);
    advance();
  }
  for (size_t k = 0; k < kWords - 1; ++k) {
    words_[i] = mix(1566083941U) - static_cast<uint32_t>(i);
    advance();
  }
  words_[0] = 0x80000000U;
}

void PythonRandom::seed_with(uint32_t word) {
  words_[0] = word;
  for (size_t i = 1; i < kWords; ++i) {
    words_[i] = 1812433253U * (words_[i - 1] ^ (words_[i - 1] >> 30)) + static_cast<uint32_t>(i);
  }
}

void PythonRandom::refill() {
  for (size_t i = 0; i < kWords; ++i) {
    const uint32_t joined = (words_[i] & 0x80000000U) | (words_[(i + 1) % kWords] & 0x7fffffffU);
    words_[i] = words_[(i + kShift) % kWords] ^ (joined >> 1) ^ ((joined & 1U) != 0 ? 0x9908b0dfU : 0U);
  }
  used_ = 0;
}

uint32_t PythonRandom::next_word() {
  if (used_ == kWords) refill();
  uint32_t word = words_[used_++];
  word ^= word >> 11;
  word ^= (word << 7) & 0x9d2c5680U;
  word ^= (word << 15) & 0xefc60000U;
  return word ^ (word >> 18);
}

// Python rejects: it draws as many top bits as `limit` has until they make a number below it.
int64_t PythonRandom::below(int64_t limit) {
  if (limit < 1 || limit > 0xffffffffLL) {
    throw ValueError("PythonRandom expects `limit` in [1, 2**32). Received: limit={}.", limit);
  }
  const auto bits = static_cast<int>(std::bit_width(static_cast<uint64_t>(limit)));
  int64_t drawn = limit;
  while (drawn >= limit) drawn = next_word() >> (32 - bits);
  return drawn;
}

void PythonRandom::shuffle(std::vector<int64_t>& items) {
  for (size_t i = items.size(); i-- > 1;) {
    std::swap(items[i], items[static_cast<size_t>(below(static_cast<int64_t>(i) + 1))]);
  }
}

std::string PythonRandom::state() const {
  std::string bytes(reinterpret_cast<const char*>(words_.data()), sizeof(words_));
  return bytes.append(reinterpret_cast<const char*>(&used_), sizeof(used_));
}

int64_t next_seed() {
  auto& [mutex, random] = shared();
  const std::lock_guard lock(mutex);
  return random.randint(1, kMostSeeds);
}

int64_t python_choice(int64_t count) {
  auto& [mutex, random] = shared();
  const std::lock_guard lock(mutex);
  return random.below(count);
}

void python_shuffle(std::vector<int64_t>& items) {
  auto& [mutex, random] = shared();
  const std::lock_guard lock(mutex);
  random.shuffle(items);
}

std::string random_state() {
  auto& [mutex, random] = shared();
  const std::lock_guard lock(mutex);
  at::Generator generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard generator_lock(generator.mutex());
  const at::Tensor state = generator.get_state();
  return random.state().append(static_cast<const char*>(state.data_ptr()), state.nbytes());
}

SeedGenerator::SeedGenerator(std::optional<int64_t> seed)
    : initial_seed_(seed), seed_(seed ? *seed : next_seed()) {}

uint64_t SeedGenerator::next() { return static_cast<uint64_t>(seed_ + draws_++) & 0xffffffffU; }

std::array<int64_t, 2> SeedGenerator::state() const { return {seed_, draws_}; }

void SeedGenerator::set_state(const std::array<int64_t, 2>& state) {
  seed_ = state[0];
  draws_ = state[1];
}

}  // namespace utils

void set_random_seed(int64_t seed) {
  if (seed < 0 || seed > 0xffffffffLL) {
    throw ValueError("set_random_seed expects `seed` between 0 and 2**32 - 1. Received: seed={}.", seed);
  }
  auto& [mutex, random] = utils::shared();
  const std::lock_guard lock(mutex);
  random = utils::PythonRandom(static_cast<uint64_t>(seed));
  at::manual_seed(static_cast<uint64_t>(seed));
}

}  // namespace keraslike

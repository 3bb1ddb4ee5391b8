#include "keraslike/utils/random.h"

#include <array>
#include <numeric>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/bernoulli.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>

#include "keraslike/utils/draws.h"
#include "keraslike/utils/errors.h"

#include "support/tensors.h"

#include "support/catch.h"

using namespace keraslike;
using utils::PythonRandom;

namespace {

std::vector<int64_t> numbered(size_t count) {
  std::vector<int64_t> items(count);
  std::iota(items.begin(), items.end(), 0);
  return items;
}

}  // namespace

// CPython 3.11: random.seed(seed); [random.randint(1, 10**9) for _ in range(3)].
TEST_CASE("Seeds are drawn as Python draws them", "[random]") {
  struct Row {
    uint64_t seed;
    std::vector<int64_t> drawn;
  };
  const auto row = GENERATE(values<Row>({{0, {906691060, 413654000, 813847340}},
                                         {1, {144272510, 611178003, 909925048}},
                                         {7, {347712783, 161973070, 423938500}},
                                         {42, {686579304, 119540832, 26855093, 796233791, 295310486}},
                                         {2147483648, {363779273, 405138349, 542306183}},
                                         {4294967295, {682209859, 665256254, 218184273}},
                                         {1099511627781, {541574218, 555040208, 288411819}}}));
  PythonRandom random(row.seed);

  std::vector<int64_t> drawn;
  for (size_t i = 0; i < row.drawn.size(); ++i) drawn.push_back(random.randint(1, 1'000'000'000));

  REQUIRE(drawn == row.drawn);
}

// random.seed(42); [random.getrandbits(32) for _ in range(1300)].
TEST_CASE("The twister is still Python's after its words are used up twice", "[random]") {
  PythonRandom random(42);

  std::vector<uint32_t> words;
  for (int i = 0; i < 1300; ++i) words.push_back(random.next_word());

  REQUIRE(words[0] == 2746317213);
  REQUIRE(words[623] == 2929454134);
  REQUIRE(words[624] == 1071722055);
  REQUIRE(words[625] == 2864457210);
  REQUIRE(words[1299] == 1463320861);
}

// r = random.Random(3); [r.randrange(10) for _ in range(10)], [r.randint(-5, 5) for _ in range(5)].
TEST_CASE("Ranges are drawn as Python draws them", "[random]") {
  PythonRandom random(3);

  std::vector<int64_t> below;
  for (int i = 0; i < 10; ++i) below.push_back(random.below(10));
  std::vector<int64_t> between;
  for (int i = 0; i < 5; ++i) between.push_back(random.randint(-5, 5));

  REQUIRE(below == std::vector<int64_t>{3, 9, 8, 2, 5, 9, 7, 9, 1, 9});
  REQUIRE(between == std::vector<int64_t>{-5, 2, -1, 3, -2});
  REQUIRE_THROWS_WITH(random.below(0), Equals("PythonRandom expects `limit` in [1, 2**32). Received: limit=0."));
}

// random.seed(42); items = list(range(12)); random.shuffle(items).
TEST_CASE("Shuffling gives Python's order", "[random]") {
  set_random_seed(42);
  std::vector<int64_t> items = numbered(12);

  utils::python_shuffle(items);

  REQUIRE(items == std::vector<int64_t>{7, 5, 2, 8, 9, 6, 11, 3, 4, 0, 1, 10});
}

// keras.utils.set_random_seed(42); torch.empty((), dtype=torch.int64).random_(), torch.rand(3).
TEST_CASE("set_random_seed seeds Python's generator and LibTorch's", "[random]") {
  set_random_seed(42);

  REQUIRE(utils::next_seed() == 686579304);
  REQUIRE(at::empty({}, at::kLong).random_().item<int64_t>() == 6909045637428952499);
  REQUIRE(test::differences(at::rand({3}), {0.38286376, 0.959305644, 0.390448213}, 1e-7, 0).empty());
}

TEST_CASE("set_random_seed refuses what Keras refuses", "[random]") {
  REQUIRE_THROWS_WITH(set_random_seed(-1),
                      Equals("set_random_seed expects `seed` between 0 and 2**32 - 1. Received: seed=-1."));
  REQUIRE_THROWS_AS(set_random_seed(4294967296), ValueError);
}

TEST_CASE("Equal states of the generators are equal bytes", "[random]") {
  set_random_seed(1);
  const std::string fresh = utils::random_state();
  utils::next_seed();
  const std::string after_python = utils::random_state();
  set_random_seed(1);
  const std::string again = utils::random_state();
  at::rand({1});
  const std::string after_torch = utils::random_state();

  REQUIRE(fresh == again);
  REQUIRE(fresh != after_python);
  REQUIRE(fresh != after_torch);
}

TEST_CASE("Threads share the seeds of one sequence", "[random]") {
  constexpr size_t kPerThread = 500;
  set_random_seed(5);
  std::multiset<int64_t> expected;
  for (size_t i = 0; i < 2 * kPerThread; ++i) expected.insert(utils::next_seed());
  set_random_seed(5);
  std::array<std::vector<int64_t>, 2> drawn;
  const auto draw = [](std::vector<int64_t>& into) {
    for (size_t i = 0; i < kPerThread; ++i) into.push_back(utils::next_seed());
  };

  std::thread other(draw, std::ref(drawn[0]));
  draw(drawn[1]);
  other.join();

  std::multiset<int64_t> all(drawn[0].begin(), drawn[0].end());
  all.insert(drawn[1].begin(), drawn[1].end());
  REQUIRE((all == expected));
}

// keras.random.SeedGenerator(3) and keras.random.SeedGenerator() after set_random_seed(42).
TEST_CASE("A SeedGenerator counts its draws", "[random]") {
  utils::SeedGenerator generator(3);

  REQUIRE(generator.next() == 3);
  REQUIRE(generator.next() == 4);
  REQUIRE(generator.state() == std::array<int64_t, 2>{3, 2});
  REQUIRE(generator.initial_seed() == 3);

  generator.set_state({4294967295, 1});
  REQUIRE(generator.next() == 0);
}

TEST_CASE("An unseeded SeedGenerator draws its seed when it is made", "[random]") {
  set_random_seed(42);
  const utils::SeedGenerator generator;

  REQUIRE(generator.state() == std::array<int64_t, 2>{686579304, 0});
  REQUIRE_FALSE(generator.initial_seed().has_value());
  REQUIRE(utils::next_seed() == 119540832);
}

// keras.layers.Dropout(.5, seed=3)(ones((2, 4)), training=True), twice, on the torch backend.
TEST_CASE("A generator of its own gives a layer Keras' draws", "[random]") {
  utils::SeedGenerator seeds(3);
  const at::Tensor keep = at::full({2, 4}, 0.5);

  const at::Tensor first = at::bernoulli(keep, utils::generator_for(seeds.next()));
  const at::Tensor second = at::bernoulli(keep, utils::generator_for(seeds.next()));

  REQUIRE(test::values_of(first) == std::vector<double>{1, 1, 1, 1, 1, 1, 0, 0});
  REQUIRE(test::values_of(second) == std::vector<double>{0, 0, 1, 1, 1, 1, 0, 0});
}

TEST_CASE("Only floating point numbers are drawn", "[random]") {
  REQUIRE_THROWS_WITH(utils::draw_normal({2}, 0, 1, DType::Int32, 1),
                      Equals("Random values are drawn as floating point numbers. Received: dtype=int32."));
}

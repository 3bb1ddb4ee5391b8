#pragma once

#include <cstdint>
#include <string>

namespace keraslike {

// Starts every source of randomness anew: Python's Mersenne Twister, from which unseeded initializers and layers draw
// their seeds, and LibTorch's default generator, which shuffles and drops. The same number means the same model here
// and in Python with Keras' torch backend.
void set_random_seed(int64_t seed);

namespace utils {

// Python's `random.randint(1, 10**9)`, which an unseeded initializer or random layer draws when it is constructed.
int64_t next_seed();

// Everything that later draws depend on, as bytes: equal states draw equal numbers.
std::string random_state();

}  // namespace utils
}  // namespace keraslike

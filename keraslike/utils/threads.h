#pragma once

#include <cstdint>

namespace keraslike::config {

// How many threads compute, the calling one among them: those of keraslike, of LibTorch with its OpenMP, and of
// OpenBLAS where matrix products come from there. They take turns, so that no more than `count` work at a time. By
// default LibTorch decides, which is one for each core. Keras has no such function: its backends have one each. Throws
// ValueError for a count below 1.
void set_num_threads(int64_t count);

int64_t num_threads();

}  // namespace keraslike::config

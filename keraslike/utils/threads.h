#pragma once

#include <cstdint>

namespace keraslike::config {

// How many threads compute, the calling one among them: those of keraslike, of LibTorch with its OpenMP, and of
// OpenBLAS where matrix products come from there. They take turns, so that no more than `count` work at a time; `fit`,
// `evaluate` and `predict` that run at once, on threads of your own, share them. Keras has no such function: its
// backends have one each. Throws ValueError for a count below 1.
//
// By default one for each core that the process may use: the machine's, less what an affinity or a container's quota
// takes away; unless OMP_NUM_THREADS or MKL_NUM_THREADS is set, or LibTorch was told a number before.
void set_num_threads(int64_t count);

int64_t num_threads();

}  // namespace keraslike::config

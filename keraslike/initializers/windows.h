#pragma once

// For sources.

#include <cstdint>
#include <string>
#include <vector>

namespace keraslike::initializers {

// Throws ValueError for a name that is not one of the windows here, and lists them.
void check_window(const std::string& name);

// The values of a window of SciPy's `signal.get_window`. A periodic one is one longer with its last value cut off.
// Formulas: Harris, "On the use of windows for harmonic analysis with the discrete Fourier transform", 1978.
std::vector<double> window_values(const std::string& name, int64_t length, bool periodic);

}  // namespace keraslike::initializers

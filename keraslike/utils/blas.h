#pragma once

// For sources.

#include <string>

namespace keraslike::utils {

// True for the file of the reference BLAS as Debian and Ubuntu install it: correct, and 10 to 40 times slower than
// OpenBLAS.
bool is_reference_blas(const std::string& file);

// Warns once per process where this program's matrix products come from such a file.
void warn_of_reference_blas();

}  // namespace keraslike::utils

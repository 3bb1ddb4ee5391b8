#pragma once

#include <string>

#include "keraslike/data/array.h"

namespace keraslike::data {

// An array of bytes from an IDX file, in which MNIST's images (n, 28, 28) and labels (n,) come; plain or gzipped.
// Throws FileError naming the file and what is wrong with it.
Array load_idx(const std::string& path);

}  // namespace keraslike::data

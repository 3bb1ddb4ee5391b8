#pragma once

// For sources.

#include <cstddef>

#include <ATen/core/Tensor.h>

namespace keraslike::utils {

// New memory costs more to touch page by page than to fill: what is large asks the system for large pages. It is a
// wish, which may fail.
void prefer_large_pages(void* memory, size_t bytes);

// As at::empty, of main memory, in large pages where there are enough values.
at::Tensor empty_large(at::IntArrayRef sizes, at::ScalarType type);

}  // namespace keraslike::utils

#pragma once

// For sources.

#include <ATen/core/Tensor.h>

#include "keraslike/data/strings.h"

namespace keraslike::data {

// Texts on their way through a model. LibTorch has no tensors of them, so each is its place in a table, in a type that
// no array of numbers has: complex64. Rows are cut out and put in order as those of numbers are. The table lives as
// long as the memory that it was made with.
at::Tensor tensor_of(const Strings& texts);
bool is_text(const at::Tensor& tensor);

// The way back. Zeros are empty texts; throws ValueError where a table is gone.
Strings strings_of(const at::Tensor& tensor);

}  // namespace keraslike::data

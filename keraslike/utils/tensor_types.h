#pragma once

// For sources.

#include <string>

#include <c10/core/ScalarType.h>

#include "keraslike/utils/dtype.h"

namespace keraslike::utils {

// LibTorch's name for a dtype and back. A type that keraslike has no dtype for, as complex64, is a ValueError, which
// begins with `subject` ("`x`").
at::ScalarType scalar_type(DType dtype);
DType dtype_of(at::ScalarType type, const std::string& subject);
bool has_dtype(at::ScalarType type);

}  // namespace keraslike::utils

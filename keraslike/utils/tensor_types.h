#pragma once

// For sources.

#include <string>

#include <ATen/core/Tensor.h>

#include "keraslike/utils/dtype.h"
#include "keraslike/utils/shape.h"

namespace keraslike::utils {

// LibTorch's name for a dtype and back. A type that keraslike has no dtype for, as complex64, is a ValueError, which
// begins with `subject` ("`x`").
at::ScalarType scalar_type(DType dtype);
DType dtype_of(at::ScalarType type, const std::string& subject);
bool has_dtype(at::ScalarType type);

Shape shape_of(const at::Tensor& tensor);

}  // namespace keraslike::utils

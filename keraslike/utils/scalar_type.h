#pragma once

// For sources: LibTorch's name of an element type.

#include <c10/core/ScalarType.h>

#include "keraslike/utils/dtype.h"
#include "keraslike/utils/errors.h"

namespace keraslike::utils {

inline at::ScalarType scalar_type(DType dtype) {
  switch (dtype) {
    case DType::Bool: return at::kBool;
    case DType::UInt8: return at::kByte;
    case DType::Int8: return at::kChar;
    case DType::Int16: return at::kShort;
    case DType::Int32: return at::kInt;
    case DType::Int64: return at::kLong;
    case DType::Float16: return at::kHalf;
    case DType::BFloat16: return at::kBFloat16;
    case DType::Float32: return at::kFloat;
    case DType::Float64: return at::kDouble;
  }
  throw ValueError("Unknown DType number {}.", static_cast<int>(dtype));
}

}  // namespace keraslike::utils

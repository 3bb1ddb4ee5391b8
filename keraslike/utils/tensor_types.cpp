#include "keraslike/utils/tensor_types.h"

#include <array>
#include <utility>

#include "keraslike/utils/errors.h"

namespace keraslike::utils {

namespace {

constexpr std::array<std::pair<DType, at::ScalarType>, 10> kTypes{{{DType::Bool, at::kBool},
                                                                   {DType::UInt8, at::kByte},
                                                                   {DType::Int8, at::kChar},
                                                                   {DType::Int16, at::kShort},
                                                                   {DType::Int32, at::kInt},
                                                                   {DType::Int64, at::kLong},
                                                                   {DType::Float16, at::kHalf},
                                                                   {DType::BFloat16, at::kBFloat16},
                                                                   {DType::Float32, at::kFloat},
                                                                   {DType::Float64, at::kDouble}}};

}  // namespace

at::ScalarType scalar_type(DType dtype) { return kTypes.at(static_cast<size_t>(dtype)).second; }

bool has_dtype(at::ScalarType type) {
  for (const auto& [dtype, scalar] : kTypes) {
    if (scalar == type) return true;
  }
  return false;
}

DType dtype_of(at::ScalarType type, const std::string& subject) {
  for (const auto& [dtype, scalar] : kTypes) {
    if (scalar == type) return dtype;
  }
  throw ValueError("{} must be bool, integer or floating. Received: a tensor of type {}.", subject,
                   c10::toString(type));
}

Shape shape_of(const at::Tensor& tensor) { return Shape(tensor.sizes().begin(), tensor.sizes().end()); }

}  // namespace keraslike::utils

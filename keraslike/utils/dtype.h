#pragma once

#include <cstdint>
#include <string>

namespace keraslike {

// The type of an array's elements. Models compute in float32 unless a DTypePolicy says another.
enum class DType : int8_t { Bool, UInt8, Int8, Int16, Int32, Int64, Float16, BFloat16, Float32, Float64 };

// "float32", "int64", "bool", ... and back; an unknown name throws ValueError with the known ones.
std::string to_string(DType dtype);
DType dtype_from_string(const std::string& name);

int64_t size_in_bytes(DType dtype);
bool is_floating(DType dtype);

}  // namespace keraslike

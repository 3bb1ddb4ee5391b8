#include "keraslike/utils/dtype.h"

#include <array>
#include <vector>

#include "keraslike/utils/errors.h"
#include "keraslike/utils/registry.h"

namespace keraslike {

namespace {

struct Row {
  DType dtype;
  const char* name;
  int64_t bytes;
};

constexpr std::array<Row, 10> kRows{{{DType::Bool, "bool", 1},
                                     {DType::UInt8, "uint8", 1},
                                     {DType::Int8, "int8", 1},
                                     {DType::Int16, "int16", 2},
                                     {DType::Int32, "int32", 4},
                                     {DType::Int64, "int64", 8},
                                     {DType::Float16, "float16", 2},
                                     {DType::BFloat16, "bfloat16", 2},
                                     {DType::Float32, "float32", 4},
                                     {DType::Float64, "float64", 8}}};

const Row& row(DType dtype) { return kRows.at(static_cast<size_t>(dtype)); }

}  // namespace

std::string to_string(DType dtype) { return row(dtype).name; }

DType dtype_from_string(const std::string& name) {
  std::vector<std::string> names;
  for (const auto& row : kRows) {
    if (name == row.name) return row.dtype;
    names.emplace_back(row.name);
  }
  throw ValueError("Unknown dtype: '{}'. {}", name, utils::describe_names(name, names));
}

int64_t size_in_bytes(DType dtype) { return row(dtype).bytes; }

bool is_floating(DType dtype) { return dtype >= DType::Float16; }

}  // namespace keraslike

#pragma once

// For sources.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keraslike/saving/hdf5_objects.h"
#include "keraslike/utils/dtype.h"
#include "keraslike/utils/shape.h"

namespace keraslike::saving {

// How a file holds values: of a dataset or of an attribute.
struct Hdf5Type {
  enum class Kind { other, number, opaque, text, variable_text };

  Kind kind = Kind::other;
  uint64_t size = 0;
  DType dtype = DType::Float32;  // of numbers. Unsigned ones of 16 and 32 bits become the next larger signed type.
  bool is_big_endian = false;
  char padding = '\0';  // behind texts
};

struct Hdf5Dataset {
  Hdf5Type type;
  Shape shape;
  std::string_view layout;
  std::string_view filters;

  uint64_t bytes() const { return static_cast<uint64_t>(shape.count()) * type.size; }
};

struct Hdf5Attribute {
  Hdf5Type type;
  Shape shape;
  std::string_view values;
};

// All throw Hdf5Problem. `file` is the whole file.
Hdf5Dataset read_hdf5_dataset(std::string_view file, const Hdf5Object& object);
std::optional<Hdf5Attribute> find_hdf5_attribute(const Hdf5Object& object, const std::string& name);
std::vector<std::string> read_hdf5_texts(std::string_view file, const Hdf5Attribute& attribute);

// The values as the file has them. `unpacked` keeps those that lie in several places, or are compressed.
std::string_view read_hdf5_values(std::string_view file, const Hdf5Dataset& dataset, std::string& unpacked);

}  // namespace keraslike::saving

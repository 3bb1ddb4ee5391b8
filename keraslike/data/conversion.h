#pragma once

// For sources.

#include <string>

#include <ATen/core/Tensor.h>

#include "keraslike/data/data.h"

namespace keraslike::data {

enum class Want {
  Float32,       // whatever comes becomes float32
  KeepIntegers,  // integers stay what they are; floating values become float32
};

// The tensor that a model computes with. Contiguous float32 is used where it lies, without a copy; all else is
// converted in one pass. Values that float32 can not hold are reported once, as a warning that names the argument, the
// first index and how many there are. Throws ValueError for ragged rows and for types that are not numbers.
at::Tensor to_tensor(const Data& data, const std::string& argument, Want want);

// How messages call one of several arrays: "x[1]" of a list, "x['left']" by name; just "x" for a single one.
std::string part_name(const Data& data, int64_t index, const std::string& argument);

// Throws ValueError naming the first place where `tensor` holds NaN or infinity.
void check_finite(const at::Tensor& tensor, const std::string& argument);

}  // namespace keraslike::data

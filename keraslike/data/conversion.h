#pragma once

// For sources.

#include <string>

#include <ATen/core/Tensor.h>

#include "keraslike/data/data.h"
#include "keraslike/utils/dtype.h"

namespace keraslike::data {

enum class Want {
  Floats,        // whatever comes becomes floats
  KeepIntegers,  // integers stay what they are; floating values become floats
};

// The tensor that a model computes with. `floats` is float64 or float32, which stands for those of 16 bits too: layers
// cast it. Contiguous values of that type are used where they lie, without a copy; all else is converted in one pass.
// Values that it can not hold are reported once, as a warning that names the argument, the first index and how many
// there are. Throws ValueError for ragged rows and for types that are not numbers.
at::Tensor to_tensor(const Data& data, const std::string& argument, Want want, DType floats = DType::Float32);

// How messages call one of several arrays: "x[1]" of a list, "x['left']" by name; just "x" for a single one.
std::string part_name(const Data& data, int64_t index, const std::string& argument);

// Throws ValueError naming the first place where `tensor` holds NaN or infinity.
void check_finite(const at::Tensor& tensor, const std::string& argument);

}  // namespace keraslike::data

#pragma once

// For sources.

#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

namespace keraslike::saving {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

// A safetensors file: the length of a JSON header in eight bytes, the header (type, shape and place of each tensor),
// the values. https://github.com/huggingface/safetensors
std::string write_safetensors(const NamedTensors& tensors);

// Throws FileError beginning with `subject` where what the header declares does not fit the bytes.
NamedTensors read_safetensors(const std::string& bytes, const std::string& subject);

}  // namespace keraslike::saving

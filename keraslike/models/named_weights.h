#pragma once

// For sources.

#include <string>

#include "keraslike/models/model.h"
#include "keraslike/saving/hdf5.h"
#include "keraslike/saving/safetensors.h"

namespace keraslike::models {

// Weights as a flat list under the paths of `.weights.h5`, and the formats that hold such a list.
saving::NamedTensors named_weights(const Model& model);
saving::NamedTensors named_weights(const saving::Hdf5Reader& file);

bool holds_named_weights(const std::string& path);  // by its extension: .npz, .safetensors
saving::NamedTensors read_named_weights(const std::string& path);
void write_named_weights(const std::string& path, const saving::NamedTensors& tensors);

// The same list as a `.weights.h5`.
saving::Bytes named_weights_to_hdf5(const saving::NamedTensors& tensors, const std::string& subject);

}  // namespace keraslike::models

#pragma once

// For sources.

#include <memory>
#include <string>

#include "keraslike/models/weights_file.h"

namespace keraslike::models {

// Weights over several files "name_00000.weights.h5", and the list "name.weights.json" that says which holds what. No
// file is larger than `gigabytes`, but for one whose only variable is.
void write_shards(const Model& model, const std::string& path, double gigabytes);
std::unique_ptr<StoredWeights> read_shards(const std::string& path);

}  // namespace keraslike::models

#pragma once

// For sources.

#include <string>

#include "keraslike/models/model.h"

namespace keraslike::models {

// Keras' older format, which Keras 3 still reads and writes: a whole model, or its weights, in one HDF5 file by layers'
// names. With `by_name` layers of the same name share weights; otherwise they must be as many, in the same order.
Model read_legacy_model(const std::string& path, const LoadModelOptions& options);
void load_legacy_weights(const Model& model, const std::string& path, const LoadWeightsOptions& options);

}  // namespace keraslike::models

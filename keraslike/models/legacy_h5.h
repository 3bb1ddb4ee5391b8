#pragma once

// For sources.

#include <string>
#include <vector>

#include "keraslike/layers/weight.h"
#include "keraslike/models/model.h"

namespace keraslike::models {

// Keras' older format, which Keras 3 still reads and writes: a whole model, or its weights, in one HDF5 file by layers'
// names. With `by_name` layers of the same name share weights; otherwise they must be as many, in the same order.
Model read_legacy_model(const std::string& path, const LoadModelOptions& options);
void write_legacy_model(const Model& model, const std::string& path);
void load_legacy_weights(const Model& model, const std::string& path, const LoadWeightsOptions& options);

// In the order of this format: first those that train. Unlike in `.keras` files the matrices of `lora` are among them,
// and are not part of the weight that they add to.
std::vector<layers::WeightPtr> legacy_weights(const Layer& layer);

}  // namespace keraslike::models

#pragma once

#include <string>

#include "keraslike/models/model.h"

namespace keraslike::models {

// `names` is "keras": the paths of `.weights.h5`, "layers/dense/vars/0", with Keras' shapes; or "state_dict": those of
// `torch::nn::Module`, "dense.linear.weight", with LibTorch's shapes.
struct ExportOptions {
  std::string names = "keras";
};

// Writes the weights, without the optimizer's state, as `.npz` or `.safetensors`. Keras' names can be read back with
// `load_weights`.
void export_weights(const Model& model, const std::string& path, const ExportOptions& options = {});

}  // namespace keraslike::models

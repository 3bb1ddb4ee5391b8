#pragma once

// For sources.

#include <optional>
#include <string>
#include <vector>

#include "keraslike/layers/assets.h"
#include "keraslike/layers/weight.h"
#include "keraslike/models/model.h"

namespace keraslike::models {

// One object of a model as files of weights know it: a path that depends on the classes and the order of layers but not
// on their names, and the variables that are its own.
struct SavedObject {
  std::string path;         // "layers/dense_1"; empty for the model itself
  std::string name;         // the layer's
  std::string description;  // "<Dense name=dense_1>"
  std::vector<layers::WeightPtr> variables;
  bool is_optimizer = false;
  layers::HasAssets* assets = nullptr;  // the layer, where it has some

  std::string variables_path() const { return path.empty() ? "vars" : path + "/vars"; }
  std::string asset_path(const std::string& name) const {
    return "assets/" + (path.empty() ? name : path + "/" + name);
  }
};

// The model, its layers to any depth, and last its optimizer where there is one.
std::vector<SavedObject> saved_objects(const Model& model);

}  // namespace keraslike::models

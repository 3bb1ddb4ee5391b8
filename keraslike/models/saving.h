#pragma once

#include <string>

#include "keraslike/models/model.h"
#include "keraslike/models/saving_options.h"
#include "keraslike/saving/custom_objects.h"

namespace keraslike::models {

// The model in a file that Keras or keraslike wrote: `.keras`, a folder with the same members, or Keras' older `.h5`.
// With its weights, and, unless `.compile = false`, compiled as it was, with its optimizer's state: `fit` goes on where
// it stopped. Nothing in a file is ever executed. Throws FileError naming the file, the member and the place in it.
Model load_model(const std::string& path, LoadModelOptions options = {});

// A model from `Model::to_json`, with fresh weights.
Model model_from_json(const std::string& json, const CustomObjects& custom_objects = {});

// A new model of the same layers, with the same names and fresh weights; not compiled.
Model clone_model(const Model& model);

}  // namespace keraslike::models

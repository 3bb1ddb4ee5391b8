#pragma once

#include <optional>

#include "keraslike/data/data.h"
#include "keraslike/saving/custom_objects.h"

namespace keraslike {

struct SaveOptions {
  bool overwrite = true;  // otherwise a file that exists is a FileError
  Data check_on = {};     // rows to predict and to save with every layer's output; `load_model` computes them again
};

struct SaveWeightsOptions {
  bool overwrite = true;
  std::optional<double> max_shard_size = {};  // gigabytes per file, for "name.weights.json"
};

struct LoadWeightsOptions {
  bool skip_mismatch = false;  // warn of layers that do not fit, and leave them as they are
  bool by_name = false;        // match layers by name, for Keras' older `.h5`
};

struct LoadModelOptions {
  CustomObjects custom_objects = {};
  bool compile = true;
  bool safe_mode = true;  // as in Keras; no file can make this library execute anything in either mode
};

}  // namespace keraslike

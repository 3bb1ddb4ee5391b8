#pragma once

#include <functional>
#include <string>

#include "keraslike/saving/fields.h"

namespace keraslike::saving {

// The config that `fields` describes, as Keras' JSON: {"units": 3, "activation": "relu", ...}, in the order of the
// calls.
std::string write_config(const std::function<void(Fields&)>& fields);

// Reads such a config through `fields`. A missing key keeps the value that is there; a key that `fields` does not name,
// or a value of the wrong kind, throws ValueError naming the key and `owner`.
void read_config(const std::string& json, const std::string& owner, const std::function<void(Fields&)>& fields);

}  // namespace keraslike::saving

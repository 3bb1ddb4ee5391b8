#pragma once

// For sources.

#include <string>

#include "keraslike/models/model.h"
#include "keraslike/saving/bytes.h"

namespace keraslike::models {

// What `save` with `check_on` puts beside Keras' members, which Keras does not look at: rows, and what each layer made
// of them.
inline constexpr const char* kSelfCheck = "keraslike_check.h5";

saving::Bytes self_check_of(const Model& model, const Data& rows);

// Computes it all again. Throws FileError naming the first layer whose output differs by more than the rounding that
// other processors bring.
void run_self_check(const Model& model, saving::Bytes bytes, const std::string& subject);

}  // namespace keraslike::models

#pragma once

// For sources.

#include <string>

#include "keraslike/models/model.h"

namespace keraslike::models {

// The text that `model.summary()` prints (keras/src/utils/summary_utils.py).
std::string summary_text(const Model& model, const SummaryOptions& options);

}  // namespace keraslike::models

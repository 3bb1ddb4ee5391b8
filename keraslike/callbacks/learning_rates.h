#pragma once

// For sources.

#include <string>
#include <utility>
#include <vector>

#include "keraslike/callbacks/logs.h"
#include "keraslike/optimizers/optimizer.h"

namespace keraslike::callbacks {

// The optimizers whose rates a callback reads and sets: those inside a MultiOptimizer, each with what tells it apart in
// messages ("adam "), else the model's own without.
inline std::vector<std::pair<std::string, Optimizer>> rated_optimizers(const Optimizer& optimizer) {
  std::vector<std::pair<std::string, Optimizer>> result;
  for (const Optimizer& inner : optimizer.optimizers()) result.emplace_back(inner.name() + " ", inner);
  if (result.empty()) result.emplace_back("", optimizer);
  return result;
}

inline void log_learning_rates(const Optimizer& optimizer, Logs& logs) {
  const auto inside = optimizer.optimizers();
  for (const Optimizer& inner : inside) logs.set("learning_rate_" + inner.name(), inner.learning_rate());
  if (inside.empty()) logs.set("learning_rate", optimizer.learning_rate());
}

}  // namespace keraslike::callbacks

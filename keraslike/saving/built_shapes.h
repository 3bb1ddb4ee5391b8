#pragma once

#include <string>
#include <utility>
#include <vector>

#include "keraslike/utils/shape.h"

namespace keraslike::saving {

// What may have several inputs and is built for the shapes of all of them: a model of the user's own. Names are empty
// where the inputs are a list.
class BuiltForShapes {
 public:
  using NamedShapes = std::vector<std::pair<std::string, Shape>>;

  virtual ~BuiltForShapes() = default;

  // None before it is built, and where `Configured::build_config` says all.
  virtual NamedShapes built_for() const = 0;
  virtual void build_for(const NamedShapes& shapes) = 0;
};

}  // namespace keraslike::saving

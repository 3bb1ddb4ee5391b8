#include "keraslike/layers/dtype_policy.h"

#include <algorithm>

#include "keraslike/utils/errors.h"

namespace keraslike::layers {

void DTypePolicyField::set_identifier(const std::string& name) {
  if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
    throw ValueError("Layers compute in float32, and nothing else so far. Received: dtype='{}'", name);
  }
  name_ = name;
}

void DTypePolicyField::create(const std::string& class_name) {
  if (class_name == "DTypePolicy") return;
  throw ValueError("Layers know the dtype policy DTypePolicy only, so far. Received: '{}'", class_name);
}

}  // namespace keraslike::layers

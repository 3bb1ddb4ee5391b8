#include "keraslike/saving/custom_objects.h"

#include <cstddef>

namespace keraslike {

CustomObjects::Scope::Scope(const CustomObjects& objects) {
  for (const auto& add : objects.additions_) removals_.push_back(add());
}

CustomObjects::Scope::~Scope() {
  for (size_t i = removals_.size(); i > 0; --i) removals_[i - 1]();
}

}  // namespace keraslike

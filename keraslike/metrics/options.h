#pragma once

#include <optional>
#include <string>

#include "keraslike/utils/dtype_policy.h"

namespace keraslike::metrics {

struct MetricOptions {
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

}  // namespace keraslike::metrics

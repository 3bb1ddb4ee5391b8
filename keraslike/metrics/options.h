#pragma once

#include <string>

namespace keraslike::metrics {

struct MetricOptions {
  std::string name = {};
};

}  // namespace keraslike::metrics

#pragma once

// For sources.

#include <string>
#include <utility>

#include "keraslike/metrics/mean.h"

namespace keraslike::metrics {

// The mean of a loss: less is better.
class ErrorImpl : public MeanMetricImpl {
 public:
  ErrorImpl(MetricOptions options, const std::string& default_name)
      : MeanMetricImpl(name_or(std::move(options.name), default_name), options.dtype) {}
  Direction direction() const override { return Direction::Down; }
};

}  // namespace keraslike::metrics

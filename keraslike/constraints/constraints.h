#pragma once

#include "keraslike/constraints/constraint.h"
#include "keraslike/utils/axes.h"

namespace keraslike::constraints {

// Norms at most `max_value` along the axis: 0 for each unit of a Dense kernel, {0, 1, 2} for each filter of a Conv2D.
struct MaxNormOptions {
  double max_value = 2.0;
  Axes axis = 0;
};

class MaxNorm : public Constraint {
 public:
  explicit MaxNorm(MaxNormOptions options = {});
  explicit MaxNorm(double max_value) : MaxNorm(MaxNormOptions{.max_value = max_value}) {}
};

// Norms between `min_value` and `max_value`, approached by the share `rate` in each step.
struct MinMaxNormOptions {
  double min_value = 0.0;
  double max_value = 1.0;
  double rate = 1.0;
  Axes axis = 0;
};

class MinMaxNorm : public Constraint {
 public:
  explicit MinMaxNorm(MinMaxNormOptions options = {});
};

// Values of at least 0.
class NonNeg : public Constraint {
 public:
  NonNeg();
};

// Norms of 1 along the axis.
struct UnitNormOptions {
  Axes axis = 0;
};

class UnitNorm : public Constraint {
 public:
  explicit UnitNorm(UnitNormOptions options = {});
};

}  // namespace keraslike::constraints

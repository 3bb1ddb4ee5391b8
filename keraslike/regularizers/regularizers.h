#pragma once

#include <string>

#include "keraslike/regularizers/regularizer.h"

namespace keraslike::regularizers {

// l1 * sum(|w|)
struct L1Options {
  double l1 = 0.01;
};

class L1 : public Regularizer {
 public:
  explicit L1(L1Options options = {});
  explicit L1(double l1) : L1(L1Options{.l1 = l1}) {}
};

// l2 * sum(w^2): no factor of a half, so the gradient is 2 * l2 * w.
struct L2Options {
  double l2 = 0.01;
};

class L2 : public Regularizer {
 public:
  explicit L2(L2Options options = {});
  explicit L2(double l2) : L2(L2Options{.l2 = l2}) {}
};

// l1 * sum(|w|) + l2 * sum(w^2)
struct L1L2Options {
  double l1 = 0.0;
  double l2 = 0.0;
};

class L1L2 : public Regularizer {
 public:
  explicit L1L2(L1L2Options options = {});
};

// factor * mean of |cosine| between the rows (or columns) of a matrix, over the pairs of them.
struct OrthogonalRegularizerOptions {
  double factor = 0.01;
  std::string mode = "rows";
};

class OrthogonalRegularizer : public Regularizer {
 public:
  explicit OrthogonalRegularizer(OrthogonalRegularizerOptions options = {});
};

// Keras' other names.
using l1 = L1;
using l2 = L2;
using l1_l2 = L1L2;
using orthogonal_regularizer = OrthogonalRegularizer;

}  // namespace keraslike::regularizers

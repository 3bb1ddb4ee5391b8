#pragma once

// The rules of optimizers as one pass over memory. For sources.

#include <array>
#include <cstddef>
#include <optional>

#include "keraslike/optimizers/optimizer_impl.h"

namespace keraslike::optimizers::fused {

constexpr size_t kMostSlots = 3;

// Where the values of one weight, its gradient and its slots lie.
template <class Real>
struct Values {
  int64_t count = 0;
  Real* weight = nullptr;
  const Real* gradient = nullptr;
  std::array<Real*, kMostSlots> slots{};
};

// Each computes what the rule of its name writes with tensors, value by value, in the same order of operations: the
// results differ by the last bit or two, and do not depend on the number of threads.
struct AdamNumbers {
  double beta_1, beta_2, epsilon, rate;
  bool amsgrad;
};
struct AdamaxNumbers {
  double beta_1, beta_2, epsilon, correction, rate;
};
struct NadamNumbers {
  double beta_1, beta_2, epsilon, rate, next, next_product_rest, now_rest, product_rest, square_correction;
};
struct SgdNumbers {
  double momentum, rate;
  bool has_momentum, nesterov;
};
struct RmspropNumbers {
  double rho, momentum, epsilon, rate;
  bool has_momentum, centered;
};
struct AdagradNumbers {
  double epsilon, rate;
};
struct AdadeltaNumbers {
  double rho, epsilon, rate;
};
struct LionNumbers {
  double beta_1, beta_2, rate;
};

// Updates the weight in one pass where it can be: dense float32 or float64 in the CPU's memory, all laid out alike.
// Returns false, and has done nothing, where the rule must be written with tensors.
bool adam(const Update& of, const AdamNumbers& numbers);
bool adamax(const Update& of, const AdamaxNumbers& numbers);
bool nadam(const Update& of, const NadamNumbers& numbers);
bool sgd(const Update& of, const SgdNumbers& numbers);
bool rmsprop(const Update& of, const RmspropNumbers& numbers);
bool adagrad(const Update& of, const AdagradNumbers& numbers);
bool adadelta(const Update& of, const AdadeltaNumbers& numbers);
bool lion(const Update& of, const LionNumbers& numbers);

}  // namespace keraslike::optimizers::fused

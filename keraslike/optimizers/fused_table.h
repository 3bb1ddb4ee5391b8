#pragma once

// The rules of optimizers as loops over memory: what they take, and one table of them for each generation of processors.
// For sources.

#include <cstdint>

namespace keraslike::optimizers::fused {

constexpr int64_t kMostSlots = 3;

// Where the values of one weight, its gradient and its slots lie.
template <class Real>
struct Values {
  int64_t count = 0;
  Real* weight = nullptr;
  const Real* gradient = nullptr;
  Real* slots[kMostSlots] = {};
};

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

// Updates the values from `begin` to `end`.
template <class Real, class Numbers>
using Pass = void (*)(const Values<Real>& values, int64_t begin, int64_t end, const Numbers& numbers);

template <class Real>
struct Passes {
  Pass<Real, AdamNumbers> adam, amsgrad;
  Pass<Real, AdamaxNumbers> adamax;
  Pass<Real, NadamNumbers> nadam;
  Pass<Real, SgdNumbers> sgd, momentum, nesterov;
  Pass<Real, RmspropNumbers> rmsprop, momentum_rmsprop, centered_rmsprop, centered_momentum_rmsprop;
  Pass<Real, AdagradNumbers> adagrad;
  Pass<Real, AdadeltaNumbers> adadelta;
  Pass<Real, LionNumbers> lion;
};

struct Table {
  Passes<float> of_float;
  Passes<double> of_double;
};

extern const Table baseline;  // what the build asks for
#if defined(__x86_64__)
extern const Table haswell;
extern const Table skylake_avx512;
#endif

}  // namespace keraslike::optimizers::fused

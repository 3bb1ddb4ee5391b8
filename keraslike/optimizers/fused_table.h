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

struct FtrlNumbers {
  double shrinkage, l1, l2, rate;
};
struct LambNumbers {
  double beta_1, beta_2, epsilon, correction_1, correction_2;
  double rate;  // of the weight that is updated: its length counts
};
struct AdafactorNumbers {
  double epsilon_1, epsilon_2, clip_threshold, rate;
  double kept, taken;  // of an average, and from a new value
};
struct ScaledNumbers {
  double divisor, rate;
};

// Of some values: of the weight, and of the change that its step is made of.
struct SquareSums {
  double weight = 0.0;
  double change = 0.0;
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
  Pass<Real, FtrlNumbers> ftrl;  // with the power -0.5
  SquareSums (*lamb_slots)(const Values<Real>& values, int64_t begin, int64_t end, const LambNumbers& numbers);
  Pass<Real, LambNumbers> lamb_step;

  // Adafactor's for a matrix in memory, rows from `begin` to `end`: the sums of the squares of gradients plus epsilon_1
  // of each row, and of each column over these rows; and, of what was made of all sums, the velocity (slot 0).
  void (*adafactor_squares)(const Values<Real>& values, int64_t begin, int64_t end, int64_t columns, Real epsilon,
                            Real* row_sums, Real* column_sums);
  SquareSums (*adafactor_matrix)(const Values<Real>& values, int64_t begin, int64_t end, int64_t columns,
                                 const Real* of_rows, const Real* of_columns);
  // The velocity of a vector, and then the step of either.
  SquareSums (*adafactor_vector)(const Values<Real>& values, int64_t begin, int64_t end,
                                 const AdafactorNumbers& numbers);
  Pass<Real, ScaledNumbers> adafactor_step;
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

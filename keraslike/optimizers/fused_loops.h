// For sources. Compiled once for each generation of processors: fused_baseline.cpp and its neighbours define
// KERASLIKE_FUSED as the name of the table and include this. It uses no function of any other header but fused_rules.h:
// the linker could otherwise take the copy that needs the newest processor for all.

#include "keraslike/optimizers/fused_rules.h"
#include "keraslike/optimizers/fused_table.h"

namespace keraslike::optimizers::fused {

namespace {

// A rule sees one value, its gradient and its slots at a time; `kSlots` is the number that it has.
template <class Rule, class Real, class Numbers>
void pass(const Values<Real>& values, int64_t begin, int64_t end, const Numbers& numbers) {
  const Rule own(numbers);
  Real* __restrict__ const weight = values.weight;
  const Real* __restrict__ const gradient = values.gradient;
  Real* __restrict__ const a = values.slots[0];
  Real* __restrict__ const b = values.slots[1];
  Real* __restrict__ const c = values.slots[2];
  for (int64_t i = begin; i < end; ++i) {
    if constexpr (Rule::kSlots == 0) own(weight[i], gradient[i]);
    if constexpr (Rule::kSlots == 1) own(weight[i], gradient[i], a[i]);
    if constexpr (Rule::kSlots == 2) own(weight[i], gradient[i], a[i], b[i]);
    if constexpr (Rule::kSlots == 3) own(weight[i], gradient[i], a[i], b[i], c[i]);
  }
}

// Sums over values from `begin` to `end`. They are counted in lanes, so that they become vector instructions: `of` gives
// those of value i.
template <class Real, class Of>
inline SquareSums square_sums(int64_t begin, int64_t end, Of of) {
  constexpr int64_t kLanes = 16;
  Real weights[kLanes] = {};
  Real changes[kLanes] = {};
  const auto add = [&](int64_t i, int64_t lane) {
    const auto [weight, change] = of(i);
    weights[lane] += weight * weight;
    changes[lane] += change * change;
  };
  int64_t i = begin;
  for (; i + kLanes <= end; i += kLanes) {
    for (int64_t lane = 0; lane < kLanes; ++lane) add(i + lane, lane);
  }
  for (int64_t lane = 0; i + lane < end; ++lane) add(i + lane, lane);
  SquareSums sums;
  for (int64_t lane = 0; lane < kLanes; ++lane) {
    sums.weight += weights[lane];
    sums.change += changes[lane];
  }
  return sums;
}

template <class Real>
struct Squared {
  Real weight, change;
};

template <class Real>
SquareSums lamb_slots(const Values<Real>& values, int64_t begin, int64_t end, const LambNumbers& numbers) {
  const Lamb<Real> rule(numbers);
  const Real* __restrict__ const weight = values.weight;
  const Real* __restrict__ const gradient = values.gradient;
  Real* __restrict__ const momentum = values.slots[0];
  Real* __restrict__ const velocity = values.slots[1];
  return square_sums<Real>(begin, end, [=](int64_t i) {
    rule.average(gradient[i], momentum[i], velocity[i]);
    return Squared<Real>{weight[i], rule.change(momentum[i], velocity[i])};
  });
}

template <class Real>
void lamb_step(const Values<Real>& values, int64_t begin, int64_t end, const LambNumbers& numbers) {
  const Lamb<Real> rule(numbers);
  const Real rate = real<Real>(numbers.rate);
  Real* __restrict__ const weight = values.weight;
  const Real* __restrict__ const momentum = values.slots[0];
  const Real* __restrict__ const velocity = values.slots[1];
  for (int64_t i = begin; i < end; ++i) weight[i] = weight[i] - rate * rule.change(momentum[i], velocity[i]);
}

template <class Real>
void adafactor_squares(const Values<Real>& values, int64_t begin, int64_t end, int64_t columns, Real epsilon,
                       Real* __restrict__ row_sums, Real* __restrict__ column_sums) {
  constexpr int64_t kLanes = 16;
  for (int64_t i = 0; i < columns; ++i) column_sums[i] = 0;
  for (int64_t row = begin; row < end; ++row) {
    const Real* __restrict__ const gradient = values.gradient + row * columns;
    Real lanes[kLanes] = {};
    int64_t i = 0;
    for (; i + kLanes <= columns; i += kLanes) {
      for (int64_t lane = 0; lane < kLanes; ++lane) {
        const Real square = gradient[i + lane] * gradient[i + lane] + epsilon;
        lanes[lane] += square;
        column_sums[i + lane] += square;
      }
    }
    for (; i < columns; ++i) {
      const Real square = gradient[i] * gradient[i] + epsilon;
      lanes[0] += square;
      column_sums[i] += square;
    }
    Real sum = 0;
    for (const Real lane : lanes) sum += lane;
    row_sums[row] = sum;
  }
}

template <class Real>
SquareSums adafactor_matrix(const Values<Real>& values, int64_t begin, int64_t end, int64_t columns,
                            const Real* of_rows, const Real* __restrict__ of_columns) {
  SquareSums all;
  for (int64_t row = begin; row < end; ++row) {
    const Real* __restrict__ const weight = values.weight + row * columns;
    const Real* __restrict__ const gradient = values.gradient + row * columns;
    Real* __restrict__ const velocity = values.slots[0] + row * columns;
    const Real of_row = of_rows[row];
    const SquareSums sums = square_sums<Real>(0, columns, [=](int64_t i) {
      velocity[i] = of_row * of_columns[i];
      return Squared<Real>{weight[i], gradient[i] / root(velocity[i])};
    });
    all.weight += sums.weight;
    all.change += sums.change;
  }
  return all;
}

template <class Real>
SquareSums adafactor_vector(const Values<Real>& values, int64_t begin, int64_t end, const AdafactorNumbers& numbers) {
  const Real kept = real<Real>(numbers.kept);
  const Real taken = real<Real>(numbers.taken);
  const Real epsilon = real<Real>(numbers.epsilon_1);
  const Real* __restrict__ const weight = values.weight;
  const Real* __restrict__ const gradient = values.gradient;
  Real* __restrict__ const velocity = values.slots[0];
  return square_sums<Real>(begin, end, [=](int64_t i) {
    velocity[i] = velocity[i] * kept + (gradient[i] * gradient[i] + epsilon) * taken;
    return Squared<Real>{weight[i], gradient[i] / root(velocity[i])};
  });
}

template <class Real>
struct AdafactorStep {
  static constexpr int kSlots = 1;
  explicit AdafactorStep(const ScaledNumbers& n) : divisor(real<Real>(n.divisor)), rate(real<Real>(n.rate)) {}

  void operator()(Real& weight, Real gradient, Real& velocity) const {
    weight = weight - gradient / root(velocity) / divisor * rate;
  }

  Real divisor, rate;
};

template <class Real>
constexpr Passes<Real> passes() {
  return {pass<Adam<Real>>,
          pass<Amsgrad<Real>>,
          pass<Adamax<Real>>,
          pass<Nadam<Real>>,
          pass<Sgd<Real>>,
          pass<Momentum<Real>>,
          pass<Nesterov<Real>>,
          pass<Rmsprop<Real, false, false>>,
          pass<Rmsprop<Real, true, false>>,
          pass<Rmsprop<Real, false, true>>,
          pass<Rmsprop<Real, true, true>>,
          pass<Adagrad<Real>>,
          pass<Adadelta<Real>>,
          pass<Lion<Real>>,
          pass<Ftrl<Real>>,
          lamb_slots<Real>,
          lamb_step<Real>,
          adafactor_squares<Real>,
          adafactor_matrix<Real>,
          adafactor_vector<Real>,
          pass<AdafactorStep<Real>>};
}

}  // namespace

extern const Table KERASLIKE_FUSED;
const Table KERASLIKE_FUSED{passes<float>(), passes<double>()};

}  // namespace keraslike::optimizers::fused

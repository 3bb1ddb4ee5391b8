#include "keraslike/optimizers/fused.h"

#include <cmath>

#include <ATen/Parallel.h>

#include "keraslike/utils/simd.h"

namespace keraslike::optimizers::fused {

namespace {

// Below this many values a second thread costs more than it saves; measured with Adam on two cores.
constexpr int64_t kValuesPerThread = 32768;

// The greater one, and NaN where either is NaN, as at::maximum.
template <class Real>
KERASLIKE_INLINE Real greater(Real a, Real b) {
  return a > b || a != a ? a : b;
}

template <class Real>
KERASLIKE_INLINE Real sign(Real x) {
  return static_cast<Real>(x > 0) - static_cast<Real>(x < 0);
}

// A rule sees one value, its gradient and its slots at a time; `kSlots` is the number that it has.
template <class Rule, class Real>
KERASLIKE_VECTORIZED void pass(const Values<Real>& values, int64_t begin, int64_t end, const Rule& rule) {
  const Rule own = rule;
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

bool lies_like(const at::Tensor& tensor, const at::Tensor& weight) {
  return tensor.layout() == at::kStrided && tensor.is_cpu() && tensor.scalar_type() == weight.scalar_type() &&
         tensor.sizes() == weight.sizes() && tensor.strides() == weight.strides();
}

bool is_one_pass(const Update& of) {
  const at::Tensor& weight = of.value();
  if (!weight.is_cpu() || !weight.is_non_overlapping_and_dense() || !lies_like(of.gradient, weight)) return false;
  for (const auto& slot : of.slots) {
    if (!lies_like(slot->tensor, weight)) return false;
  }
  return of.slots.size() <= kMostSlots;
}

template <class Real>
Values<Real> values_of(const Update& of) {
  Values<Real> values{of.value().numel(), of.value().data_ptr<Real>(), of.gradient.data_ptr<Real>()};
  for (size_t i = 0; i < of.slots.size(); ++i) values.slots[i] = of.slot(i).data_ptr<Real>();
  return values;
}

// Autograd must see that the weight changed, or a graph recorded before would go back through the new value.
void note_change(const at::Tensor& weight) { weight.unsafeGetTensorImpl()->bump_version(); }

// A number below 1e-38 does not change a sum with epsilon. Rules without one keep such numbers where they count: Lion
// looks at their sign.
template <class Numbers>
bool ignores_tiny(const Numbers& numbers) {
  if constexpr (requires { numbers.epsilon; }) return numbers.epsilon > 1e-12;
  return false;
}

template <class Real, class Rule>
bool run(const Update& of, const Rule& rule, bool flush) {
  const Values<Real> values = values_of<Real>(of);
  const auto part = [&](int64_t begin, int64_t end) {
    const utils::FlushTinyNumbers tiny(flush);
    pass(values, begin, end, rule);
  };
  if (values.count <= kValuesPerThread) {
    part(0, values.count);
  } else {
    at::parallel_for(0, values.count, kValuesPerThread, part);
  }
  note_change(of.value());
  return true;
}

// `Rule<Real>` is made of the numbers, brought to the weight's precision.
template <template <class> class Rule, class Numbers>
bool in_one_pass(const Update& of, const Numbers& numbers) {
  if (!is_one_pass(of)) return false;
  if (of.value().scalar_type() == at::kFloat) return run<float>(of, Rule<float>(numbers), ignores_tiny(numbers));
  if (of.value().scalar_type() == at::kDouble) return run<double>(of, Rule<double>(numbers), false);
  return false;
}

template <class Real>
Real real(double number) {
  return static_cast<Real>(number);
}

template <class Real>
struct Adam {
  static constexpr int kSlots = 2;
  explicit Adam(const AdamNumbers& n)
      : beta_1(real<Real>(n.beta_1)),
        rest_1(real<Real>(1.0 - n.beta_1)),
        beta_2(real<Real>(n.beta_2)),
        rest_2(real<Real>(1.0 - n.beta_2)),
        epsilon(real<Real>(n.epsilon)),
        rate(real<Real>(n.rate)) {}

  KERASLIKE_INLINE void operator()(Real& weight, Real gradient, Real& momentum, Real& velocity) const {
    momentum = momentum * beta_1 + rest_1 * gradient;
    velocity = velocity * beta_2 + rest_2 * (gradient * gradient);
    weight = weight - rate * momentum / (std::sqrt(velocity) + epsilon);
  }

  Real beta_1, rest_1, beta_2, rest_2, epsilon, rate;
};

template <class Real>
struct Amsgrad : Adam<Real> {
  static constexpr int kSlots = 3;
  using Adam<Real>::Adam;

  KERASLIKE_INLINE void operator()(Real& weight, Real gradient, Real& momentum, Real& velocity, Real& most) const {
    momentum = momentum * this->beta_1 + this->rest_1 * gradient;
    velocity = velocity * this->beta_2 + this->rest_2 * (gradient * gradient);
    most = greater(most, velocity);
    weight = weight - this->rate * momentum / (std::sqrt(most) + this->epsilon);
  }
};

template <class Real>
struct Adamax {
  static constexpr int kSlots = 2;
  explicit Adamax(const AdamaxNumbers& n)
      : beta_1(real<Real>(n.beta_1)),
        rest_1(real<Real>(1.0 - n.beta_1)),
        beta_2(real<Real>(n.beta_2)),
        epsilon(real<Real>(n.epsilon)),
        correction(real<Real>(n.correction)),
        rate(real<Real>(n.rate)) {}

  KERASLIKE_INLINE void operator()(Real& weight, Real gradient, Real& momentum, Real& norm) const {
    momentum = momentum * beta_1 + rest_1 * gradient;
    norm = greater(norm * beta_2, std::abs(gradient));
    weight = weight - rate * momentum / ((norm + epsilon) * correction);
  }

  Real beta_1, rest_1, beta_2, epsilon, correction, rate;
};

template <class Real>
struct Nadam {
  static constexpr int kSlots = 2;
  explicit Nadam(const NadamNumbers& n)
      : beta_1(real<Real>(n.beta_1)),
        rest_1(real<Real>(1.0 - n.beta_1)),
        beta_2(real<Real>(n.beta_2)),
        rest_2(real<Real>(1.0 - n.beta_2)),
        epsilon(real<Real>(n.epsilon)),
        rate(real<Real>(n.rate)),
        next(real<Real>(n.next)),
        next_product_rest(real<Real>(n.next_product_rest)),
        now_rest(real<Real>(n.now_rest)),
        product_rest(real<Real>(n.product_rest)),
        square_correction(real<Real>(n.square_correction)) {}

  KERASLIKE_INLINE void operator()(Real& weight, Real gradient, Real& momentum, Real& velocity) const {
    momentum = momentum * beta_1 + rest_1 * gradient;
    velocity = velocity * beta_2 + rest_2 * (gradient * gradient);
    const Real change = (momentum * next / next_product_rest + gradient * now_rest / product_rest) * rate;
    weight = weight - change / (std::sqrt(velocity / square_correction) + epsilon);
  }

  Real beta_1, rest_1, beta_2, rest_2, epsilon, rate, next, next_product_rest, now_rest, product_rest,
      square_correction;
};

template <class Real>
struct Sgd {
  static constexpr int kSlots = 0;
  explicit Sgd(const SgdNumbers& n) : momentum(real<Real>(n.momentum)), rate(real<Real>(n.rate)) {}

  KERASLIKE_INLINE void operator()(Real& weight, Real gradient) const { weight = weight - rate * gradient; }

  Real momentum, rate;
};

template <class Real>
struct Momentum : Sgd<Real> {
  static constexpr int kSlots = 1;
  using Sgd<Real>::Sgd;

  KERASLIKE_INLINE void operator()(Real& weight, Real gradient, Real& velocity) const {
    velocity = velocity * this->momentum - this->rate * gradient;
    weight = weight + velocity;
  }
};

template <class Real>
struct Nesterov : Sgd<Real> {
  static constexpr int kSlots = 1;
  using Sgd<Real>::Sgd;

  KERASLIKE_INLINE void operator()(Real& weight, Real gradient, Real& velocity) const {
    velocity = velocity * this->momentum - this->rate * gradient;
    weight = weight - this->rate * gradient + this->momentum * velocity;
  }
};

template <class Real, bool kHasMomentum, bool kCentered>
struct Rmsprop {
  static constexpr int kSlots = 1 + kHasMomentum + kCentered;
  explicit Rmsprop(const RmspropNumbers& n)
      : rho(real<Real>(n.rho)),
        rest(real<Real>(1.0 - n.rho)),
        momentum(real<Real>(n.momentum)),
        epsilon(real<Real>(n.epsilon)),
        rate(real<Real>(n.rate)) {}

  // The slots after the velocity: momentum and average gradient, those that there are.
  template <class... Slots>
  KERASLIKE_INLINE void operator()(Real& weight, Real gradient, Real& velocity, Slots&... slots) const {
    velocity = velocity * rho + rest * (gradient * gradient);
    Real square = velocity + epsilon;
    if constexpr (kCentered) {
      Real& average = last(slots...);
      average = average * rho + rest * gradient;
      square = square - average * average;
    }
    change(weight, gradient, std::sqrt(square), slots...);
  }

  template <class... Slots>
  KERASLIKE_INLINE void change(Real& weight, Real gradient, Real root, Slots&... slots) const {
    if constexpr (kHasMomentum) {
      Real& moment = first(slots...);
      moment = moment * momentum + rate * gradient / root;
      weight = weight - moment;
    } else {
      weight = weight - rate * gradient / root;
    }
  }

  KERASLIKE_INLINE static Real& first(Real& slot) { return slot; }
  KERASLIKE_INLINE static Real& first(Real& slot, Real&) { return slot; }
  KERASLIKE_INLINE static Real& last(Real& slot) { return slot; }
  KERASLIKE_INLINE static Real& last(Real&, Real& slot) { return slot; }

  Real rho, rest, momentum, epsilon, rate;
};

template <class Real>
using PlainRmsprop = Rmsprop<Real, false, false>;
template <class Real>
using MomentumRmsprop = Rmsprop<Real, true, false>;
template <class Real>
using CenteredRmsprop = Rmsprop<Real, false, true>;
template <class Real>
using CenteredMomentumRmsprop = Rmsprop<Real, true, true>;

template <class Real>
struct Adagrad {
  static constexpr int kSlots = 1;
  explicit Adagrad(const AdagradNumbers& n) : epsilon(real<Real>(n.epsilon)), rate(real<Real>(n.rate)) {}

  KERASLIKE_INLINE void operator()(Real& weight, Real gradient, Real& accumulator) const {
    accumulator = accumulator + gradient * gradient;
    weight = weight - rate * gradient / std::sqrt(accumulator + epsilon);
  }

  Real epsilon, rate;
};

template <class Real>
struct Adadelta {
  static constexpr int kSlots = 2;
  explicit Adadelta(const AdadeltaNumbers& n)
      : rho(real<Real>(n.rho)),
        rest(real<Real>(1.0 - n.rho)),
        epsilon(real<Real>(n.epsilon)),
        rate(real<Real>(n.rate)) {}

  KERASLIKE_INLINE void operator()(Real& weight, Real gradient, Real& gradients, Real& changes) const {
    gradients = gradients * rho + rest * (gradient * gradient);
    const Real change = -(std::sqrt(changes + epsilon) * gradient / std::sqrt(gradients + epsilon));
    changes = changes * rho + rest * (change * change);
    weight = weight + rate * change;
  }

  Real rho, rest, epsilon, rate;
};

template <class Real>
struct Lion {
  static constexpr int kSlots = 1;
  explicit Lion(const LionNumbers& n)
      : beta_1(real<Real>(n.beta_1)),
        rest_1(real<Real>(1.0 - n.beta_1)),
        beta_2(real<Real>(n.beta_2)),
        rest_2(real<Real>(1.0 - n.beta_2)),
        rate(real<Real>(n.rate)) {}

  KERASLIKE_INLINE void operator()(Real& weight, Real gradient, Real& momentum) const {
    weight = weight - rate * sign(momentum * beta_1 + rest_1 * gradient);
    momentum = momentum * beta_2 + rest_2 * gradient;
  }

  Real beta_1, rest_1, beta_2, rest_2, rate;
};

}  // namespace

bool adam(const Update& of, const AdamNumbers& numbers) {
  return numbers.amsgrad ? in_one_pass<Amsgrad>(of, numbers) : in_one_pass<Adam>(of, numbers);
}
bool adamax(const Update& of, const AdamaxNumbers& numbers) { return in_one_pass<Adamax>(of, numbers); }
bool nadam(const Update& of, const NadamNumbers& numbers) { return in_one_pass<Nadam>(of, numbers); }
bool sgd(const Update& of, const SgdNumbers& numbers) {
  if (!numbers.has_momentum) return in_one_pass<Sgd>(of, numbers);
  return numbers.nesterov ? in_one_pass<Nesterov>(of, numbers) : in_one_pass<Momentum>(of, numbers);
}
bool rmsprop(const Update& of, const RmspropNumbers& numbers) {
  if (numbers.has_momentum && numbers.centered) return in_one_pass<CenteredMomentumRmsprop>(of, numbers);
  if (numbers.has_momentum) return in_one_pass<MomentumRmsprop>(of, numbers);
  return numbers.centered ? in_one_pass<CenteredRmsprop>(of, numbers) : in_one_pass<PlainRmsprop>(of, numbers);
}
bool adagrad(const Update& of, const AdagradNumbers& numbers) { return in_one_pass<Adagrad>(of, numbers); }
bool adadelta(const Update& of, const AdadeltaNumbers& numbers) { return in_one_pass<Adadelta>(of, numbers); }
bool lion(const Update& of, const LionNumbers& numbers) { return in_one_pass<Lion>(of, numbers); }

}  // namespace keraslike::optimizers::fused

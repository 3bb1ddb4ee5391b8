#pragma once

// For sources. What the rules of optimizers do with one value. Each file that includes this has its own copy: see
// fused_loops.h.

#include "keraslike/optimizers/fused_table.h"

namespace keraslike::optimizers::fused {

namespace {

inline float root(float x) { return __builtin_sqrtf(x); }
inline double root(double x) { return __builtin_sqrt(x); }
inline float size(float x) { return __builtin_fabsf(x); }
inline double size(double x) { return __builtin_fabs(x); }

// The greater one, and NaN where either is NaN, as at::maximum.
template <class Real>
inline Real greater(Real a, Real b) {
  return a > b || a != a ? a : b;
}

template <class Real>
inline Real sign(Real x) {
  return static_cast<Real>(x > 0) - static_cast<Real>(x < 0);
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

  void operator()(Real& weight, Real gradient, Real& momentum, Real& velocity) const {
    momentum = momentum * beta_1 + rest_1 * gradient;
    velocity = velocity * beta_2 + rest_2 * (gradient * gradient);
    weight = weight - rate * momentum / (root(velocity) + epsilon);
  }

  Real beta_1, rest_1, beta_2, rest_2, epsilon, rate;
};

template <class Real>
struct Amsgrad : Adam<Real> {
  static constexpr int kSlots = 3;
  using Adam<Real>::Adam;

  void operator()(Real& weight, Real gradient, Real& momentum, Real& velocity, Real& most) const {
    momentum = momentum * this->beta_1 + this->rest_1 * gradient;
    velocity = velocity * this->beta_2 + this->rest_2 * (gradient * gradient);
    most = greater(most, velocity);
    weight = weight - this->rate * momentum / (root(most) + this->epsilon);
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

  void operator()(Real& weight, Real gradient, Real& momentum, Real& norm) const {
    momentum = momentum * beta_1 + rest_1 * gradient;
    norm = greater(norm * beta_2, size(gradient));
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

  void operator()(Real& weight, Real gradient, Real& momentum, Real& velocity) const {
    momentum = momentum * beta_1 + rest_1 * gradient;
    velocity = velocity * beta_2 + rest_2 * (gradient * gradient);
    const Real change = (momentum * next / next_product_rest + gradient * now_rest / product_rest) * rate;
    weight = weight - change / (root(velocity / square_correction) + epsilon);
  }

  Real beta_1, rest_1, beta_2, rest_2, epsilon, rate, next, next_product_rest, now_rest, product_rest,
      square_correction;
};

template <class Real>
struct Sgd {
  static constexpr int kSlots = 0;
  explicit Sgd(const SgdNumbers& n) : momentum(real<Real>(n.momentum)), rate(real<Real>(n.rate)) {}

  void operator()(Real& weight, Real gradient) const { weight = weight - rate * gradient; }

  Real momentum, rate;
};

template <class Real>
struct Momentum : Sgd<Real> {
  static constexpr int kSlots = 1;
  using Sgd<Real>::Sgd;

  void operator()(Real& weight, Real gradient, Real& velocity) const {
    velocity = velocity * this->momentum - this->rate * gradient;
    weight = weight + velocity;
  }
};

template <class Real>
struct Nesterov : Sgd<Real> {
  static constexpr int kSlots = 1;
  using Sgd<Real>::Sgd;

  void operator()(Real& weight, Real gradient, Real& velocity) const {
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
  void operator()(Real& weight, Real gradient, Real& velocity, Slots&... slots) const {
    velocity = velocity * rho + rest * (gradient * gradient);
    Real square = velocity + epsilon;
    if constexpr (kCentered) {
      Real& average = last(slots...);
      average = average * rho + rest * gradient;
      square = square - average * average;
    }
    change(weight, gradient, root(square), slots...);
  }

  template <class... Slots>
  void change(Real& weight, Real gradient, Real root, Slots&... slots) const {
    if constexpr (kHasMomentum) {
      Real& moment = first(slots...);
      moment = moment * momentum + rate * gradient / root;
      weight = weight - moment;
    } else {
      weight = weight - rate * gradient / root;
    }
  }

  static Real& first(Real& slot) { return slot; }
  static Real& first(Real& slot, Real&) { return slot; }
  static Real& last(Real& slot) { return slot; }
  static Real& last(Real&, Real& slot) { return slot; }

  Real rho, rest, momentum, epsilon, rate;
};

template <class Real>
struct Adagrad {
  static constexpr int kSlots = 1;
  explicit Adagrad(const AdagradNumbers& n) : epsilon(real<Real>(n.epsilon)), rate(real<Real>(n.rate)) {}

  void operator()(Real& weight, Real gradient, Real& accumulator) const {
    accumulator = accumulator + gradient * gradient;
    weight = weight - rate * gradient / root(accumulator + epsilon);
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

  void operator()(Real& weight, Real gradient, Real& gradients, Real& changes) const {
    gradients = gradients * rho + rest * (gradient * gradient);
    const Real change = -(root(changes + epsilon) * gradient / root(gradients + epsilon));
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

  void operator()(Real& weight, Real gradient, Real& momentum) const {
    weight = weight - rate * sign(momentum * beta_1 + rest_1 * gradient);
    momentum = momentum * beta_2 + rest_2 * gradient;
  }

  Real beta_1, rest_1, beta_2, rest_2, rate;
};

template <class Real>
struct Ftrl {
  static constexpr int kSlots = 2;
  explicit Ftrl(const FtrlNumbers& n)
      : shrinkage(real<Real>(n.shrinkage)), l1(real<Real>(n.l1)), l2(real<Real>(n.l2)), rate(real<Real>(n.rate)) {}

  void operator()(Real& weight, Real gradient, Real& accumulator, Real& linear) const {
    const Real shrunk = gradient + weight * shrinkage;
    const Real before = root(accumulator);
    accumulator = accumulator + gradient * gradient;
    const Real after = root(accumulator);
    linear = linear + (shrunk - (after - before) / rate * weight);
    weight = (within(linear) - linear) / (after / rate + l2);
  }

  // NaN stays NaN, as in at::clamp.
  Real within(Real x) const { return x < -l1 ? -l1 : x > l1 ? l1 : x; }

  Real shrinkage, l1, l2, rate;
};

// Its step is known when the slots of all values are: `change` comes from them.
template <class Real>
struct Lamb {
  explicit Lamb(const LambNumbers& n)
      : rest_1(real<Real>(1.0 - n.beta_1)),
        rest_2(real<Real>(1.0 - n.beta_2)),
        correction_1(real<Real>(n.correction_1)),
        correction_2(real<Real>(n.correction_2)),
        epsilon(real<Real>(n.epsilon)) {}

  void average(Real gradient, Real& momentum, Real& velocity) const {
    momentum = momentum + (gradient - momentum) * rest_1;
    velocity = velocity + (gradient * gradient - velocity) * rest_2;
  }
  Real change(Real momentum, Real velocity) const {
    return momentum / correction_1 / (root(velocity / correction_2) + epsilon);
  }

  Real rest_1, rest_2, correction_1, correction_2, epsilon;
};

}  // namespace

}  // namespace keraslike::optimizers::fused

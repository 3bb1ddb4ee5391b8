#pragma once

// For sources.

namespace keraslike {

// Keras' `keras.config.epsilon()`: keeps divisors and logarithms away from 0.
inline constexpr double kEpsilon = 1e-7;

}  // namespace keraslike

#pragma once

#include <cstdint>

namespace keraslike {

// Keras' None: an absent argument (`.kernel_regularizer = none`) or an open dimension (`Shape{none, 3}`, stored as -1).
struct None {
  constexpr operator int64_t() const { return -1; }  // NOLINT: implicit, so that a shape may hold it
};

inline constexpr None none;

}  // namespace keraslike

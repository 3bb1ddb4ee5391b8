#pragma once

#include <optional>

namespace keraslike {

// Keras' None: an absent argument (`.kernel_regularizer = none`, `.clipnorm = none`) or an open dimension
// (`Shape{none, 3}`).
struct None {
  template <class T>
  constexpr operator std::optional<T>() const { return std::nullopt; }  // NOLINT: implicit by design
};

inline constexpr None none;

}  // namespace keraslike

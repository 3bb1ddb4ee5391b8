#pragma once

// For sources.

#include <cstdint>
#include <optional>

#include "keraslike/initializers/initializer.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/random.h"

namespace keraslike::initializers {

// Base of the random initializers: a seed that was given, or one drawn now. Only a given seed is saved.
class SeededImpl : public InitializerImpl {
 public:
  explicit SeededImpl(std::optional<int64_t> seed) : given_(seed), seed_(seed ? *seed : utils::next_seed()) {}

  void fields(Fields& field) override {
    field("seed", given_);
    if (given_) seed_ = *given_;
  }

 protected:
  uint64_t seed() const { return static_cast<uint64_t>(seed_); }

 private:
  std::optional<int64_t> given_;
  int64_t seed_;
};

}  // namespace keraslike::initializers

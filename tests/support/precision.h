#pragma once

#include "keraslike/keraslike.h"

namespace test {

// Sets the two global types, and puts them back.
class Precision {
 public:
  Precision(const std::string& floatx, const keraslike::DTypePolicy& policy) {
    keraslike::config::set_floatx(floatx);
    keraslike::config::set_dtype_policy(policy);
  }
  ~Precision() {
    keraslike::config::set_floatx("float32");
    keraslike::config::set_dtype_policy("float32");
  }
  Precision(const Precision&) = delete;
  Precision& operator=(const Precision&) = delete;
};

}  // namespace test

#pragma once

#include <string>

#include "keraslike/utils/dtype.h"

namespace keraslike {

// What a layer computes in, and what its weights are kept in (keras.DTypePolicy). The name of a dtype, "float64", means
// both. "mixed_bfloat16" and "mixed_float16" compute in 16 bits and keep weights in float32: weights are cast when the
// layer computes, and their gradients are float32 again. A bare name does wherever a policy is expected.
class DTypePolicy {
 public:
  DTypePolicy();                  // `config::dtype_policy()`
  DTypePolicy(const char* name);  // NOLINT: implicit by design. Throws ValueError for a name that means no dtype
  DTypePolicy(std::string name);  // NOLINT

  const std::string& name() const { return name_; }
  DType compute_dtype() const { return compute_dtype_; }
  DType variable_dtype() const { return variable_dtype_; }

  bool operator==(const DTypePolicy&) const = default;

 private:
  std::string name_;
  DType compute_dtype_;
  DType variable_dtype_;
};

namespace config {

// The float type of losses, metrics, learning rates and inputs, and of layers where no policy is set: "float32" unless
// set to "float16", "bfloat16" or "float64". Throws ValueError for another. Set it before anything is made.
void set_floatx(const std::string& value);
std::string floatx();

// The policy of layers and models made from here on that are given none. It follows `floatx` until it is set.
void set_dtype_policy(const DTypePolicy& policy);
DTypePolicy dtype_policy();

}  // namespace config

namespace utils {

DType floatx();

}  // namespace utils
}  // namespace keraslike

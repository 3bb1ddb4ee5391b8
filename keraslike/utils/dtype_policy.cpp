#include "keraslike/utils/dtype_policy.h"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <utility>

#include "keraslike/utils/errors.h"

namespace keraslike {

namespace {

DType& floatx_setting() {
  static DType dtype = DType::Float32;
  return dtype;
}

std::optional<DTypePolicy>& policy_setting() {
  static std::optional<DTypePolicy> policy;
  return policy;
}

std::pair<DType, DType> dtypes_of(const std::string& name) {
  if (name == "mixed_float16") return {DType::Float16, DType::Float32};
  if (name == "mixed_bfloat16") return {DType::BFloat16, DType::Float32};
  try {
    const DType dtype = dtype_from_string(name);
    return {dtype, dtype};
  } catch (const ValueError&) {
    throw ValueError("Cannot convert '{}' to a DTypePolicy. Valid policies include 'mixed_float16', 'mixed_bfloat16', "
                     "and the name of any float dtype such as 'float32'.", name);
  }
}

}  // namespace

DTypePolicy::DTypePolicy() : DTypePolicy(config::dtype_policy()) {}
DTypePolicy::DTypePolicy(const char* name) : DTypePolicy(std::string(name)) {}
DTypePolicy::DTypePolicy(std::string name) : name_(std::move(name)) {
  std::tie(compute_dtype_, variable_dtype_) = dtypes_of(name_);
}

namespace config {

void set_floatx(const std::string& value) {
  constexpr std::array<const char*, 4> kFloats{"bfloat16", "float16", "float32", "float64"};
  if (std::find(kFloats.begin(), kFloats.end(), value) == kFloats.end()) {
    throw ValueError("Unknown `floatx` value: '{}'. Expected one of 'bfloat16', 'float16', 'float32', 'float64'.",
                     value);
  }
  floatx_setting() = dtype_from_string(value);
}

std::string floatx() { return to_string(floatx_setting()); }

void set_dtype_policy(const DTypePolicy& policy) { policy_setting() = policy; }

DTypePolicy dtype_policy() { return policy_setting() ? *policy_setting() : DTypePolicy(floatx()); }

}  // namespace config

DType utils::floatx() { return floatx_setting(); }

}  // namespace keraslike

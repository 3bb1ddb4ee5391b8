#include "keraslike/utils/dtype_policy.h"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/ranges.h>

#include "keraslike/utils/errors.h"
#include "keraslike/utils/patterns.h"

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

utils::Pattern layer_pattern(const std::string& key) {
  return {key, "DTypePolicyMap expects paths or regular expressions as keys"};
}

void check_layer_keys(const DTypePolicyMap::Policies& policies) {
  for (auto one = policies.begin(); one != policies.end(); ++one) {
    layer_pattern(one->first);
    for (auto other = policies.begin(); other != one; ++other) {
      if (one->first != other->first) continue;
      throw ValueError("{} already exist in the DTypePolicyMap with value {}. Please make sure to not use duplicated "
                       "keys.", one->first, other->second.name());
    }
  }
}

}  // namespace

DTypePolicy::DTypePolicy() : DTypePolicy(config::dtype_policy()) {}
DTypePolicy::DTypePolicy(const char* name) : DTypePolicy(std::string(name)) {}
DTypePolicy::DTypePolicy(std::string name) : name_(std::move(name)) {
  std::tie(compute_dtype_, variable_dtype_) = dtypes_of(name_);
}

DTypePolicy DTypePolicy::at(const std::optional<std::string>& path) const {
  if (!map_) return *this;
  const DTypePolicy otherwise = map_->default_policy.value_or(config::dtype_policy());
  if (!path) return otherwise;
  std::vector<std::string> keys;
  const DTypePolicy* match = nullptr;
  for (const auto& [key, policy] : map_->policies) {
    if (key == *path) return policy;
    if (!layer_pattern(key).matches(*path)) continue;
    keys.push_back(key);
    match = &policy;
  }
  if (keys.size() < 2) return match == nullptr ? otherwise : *match;
  throw ValueError("Path '{}' matches multiple dtype policy specification keys: ['{}']. Please make sure each path "
                   "only matches at most one dtype policy specification key in the DTypePolicyMap.", *path,
                   fmt::join(keys, "', '"));
}

DTypePolicy DTypePolicy::for_layer(const std::optional<std::string>& path) const {
  const DTypePolicy policy = at(path);
  DTypePolicy result = *this;
  result.compute_dtype_ = policy.compute_dtype_;
  result.variable_dtype_ = policy.variable_dtype_;
  return result;
}

bool operator==(const DTypePolicy& a, const DTypePolicy& b) {
  if (a.name_ != b.name_ || (a.map_ == nullptr) != (b.map_ == nullptr)) return false;
  return !a.map_ || (a.map_->default_policy == b.map_->default_policy && a.map_->policies == b.map_->policies);
}

DTypePolicyMap::DTypePolicyMap(std::optional<DTypePolicy> default_policy, Policies policy_map)
    : DTypePolicy(default_policy.value_or(config::dtype_policy())) {
  if (map_) throw ValueError("`default_policy` cannot be a `DTypePolicyMap`.");
  check_layer_keys(policy_map);
  name_ = "map_" + name_;
  map_ = std::make_shared<const Map>(Map{std::move(default_policy), std::move(policy_map)});
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

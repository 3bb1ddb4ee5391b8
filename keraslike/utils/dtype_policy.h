#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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

  // What a DTypePolicyMap was made of; null for any other policy.
  struct Map;
  const Map* map() const { return map_.get(); }

  // The policy of a map for the layer at a path, or without one its default; any other policy is itself for all layers.
  // Throws ValueError where several keys match.
  DTypePolicy at(const std::optional<std::string>& path) const;

  // The same map with the dtypes of that policy, which is what the layer at the path keeps.
  DTypePolicy for_layer(const std::optional<std::string>& path) const;

  friend bool operator==(const DTypePolicy& a, const DTypePolicy& b);

 private:
  friend class DTypePolicyMap;

  std::string name_;
  DType compute_dtype_;
  DType variable_dtype_;
  std::shared_ptr<const Map> map_;
};

struct DTypePolicy::Map {
  std::optional<DTypePolicy> default_policy;
  std::vector<std::pair<std::string, DTypePolicy>> policies;
};

// Policies by the path of a layer, "encoder/dense", or by a regular expression that matches the whole path, and one for
// the layers that no key fits: `.dtype = DTypePolicyMap("float32", {{"attention/query", "bfloat16"}})`. A layer hands
// its map to the layers that it makes itself. Its name is "map_" and that of the default. Layers that Keras makes ready
// before they are called (pooling, dropout, Activation and others without weights) have no path there, and the default.
class DTypePolicyMap : public DTypePolicy {
 public:
  using Policies = std::vector<std::pair<std::string, DTypePolicy>>;

  // By default `config::dtype_policy()`, which a file leaves to its reader. Throws ValueError where the default is a
  // map itself, two keys are the same, or a key is no regular expression.
  explicit DTypePolicyMap(std::optional<DTypePolicy> default_policy = {}, Policies policy_map = {});
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

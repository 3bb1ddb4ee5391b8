#pragma once

// For sources.

#include <memory>
#include <string>
#include <utility>

#include <ATen/core/Tensor.h>

#include "keraslike/saving/fields.h"
#include "keraslike/utils/dtype_policy.h"

namespace keraslike::layers {

// The `dtype` of a layer in a config: a policy object, a map of them, or a bare name.
class DTypePolicyField final : public saving::ObjectField {
 public:
  explicit DTypePolicyField(DTypePolicy& policy, bool is_none = false);
  ~DTypePolicyField() override;

  bool is_none() const override { return is_none_; }
  std::string identifier() const override { return {}; }
  ClassIdentity identity() const override;
  saving::Configured& object() const override;
  void set_none() override;
  void set_identifier(const std::string& name) override;
  void create(const std::string& class_name) override;
  void finish() override;

 private:
  class Config;
  class NameConfig;
  class MapConfig;

  DTypePolicy& policy_;
  bool is_none_;
  std::unique_ptr<Config> config_;
};

// Whether layers of this class have a path that a DTypePolicyMap knows them by. Keras gives it to layers as it builds
// them, and some without weights count as built from the beginning.
bool has_dtype_path(const std::string& class_name);

// The same for layers whose config has the bare name, but for a map.
void dtype_name_field(Fields& field, DTypePolicy& policy);

// Whether it is a float16 or a bfloat16, where it shows that Keras rounds a product before it adds the bias, and
// LibTorch's modules after.
bool has_16_bits(const at::Tensor& tensor);

// For layers that compute in float32 at least, as half of its bits would overflow.
at::Tensor at_least_float32(const at::Tensor& tensor);

}  // namespace keraslike::layers

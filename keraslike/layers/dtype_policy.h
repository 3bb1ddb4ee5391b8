#pragma once

// For sources.

#include <string>
#include <utility>

#include <ATen/core/Tensor.h>

#include "keraslike/saving/fields.h"
#include "keraslike/utils/dtype_policy.h"

namespace keraslike::layers {

// The `dtype` of a layer in a config: a policy object, or its bare name.
class DTypePolicyField final : public saving::ObjectField {
 public:
  explicit DTypePolicyField(DTypePolicy& policy) : policy_(policy), config_(policy.name()) {}

  bool is_none() const override { return false; }
  std::string identifier() const override { return {}; }
  ClassIdentity identity() const override { return {"keras", "DTypePolicy"}; }
  saving::Configured& object() const override { return config_; }
  void set_none() override { policy_ = DTypePolicy(); }
  void set_identifier(const std::string& name) override { policy_ = DTypePolicy(name); }
  void create(const std::string& class_name) override;
  void finish() override { set_identifier(config_.name); }

 private:
  struct Config final : saving::Configured {
    explicit Config(std::string policy_name) : name(std::move(policy_name)) {}
    void fields(Fields& field) override { field("name", name); }

    std::string name;
  };

  DTypePolicy& policy_;
  mutable Config config_;
};

// The same for layers whose config has the bare name.
void dtype_name_field(Fields& field, DTypePolicy& policy);

// Whether it is a float16 or a bfloat16, where it shows that Keras rounds a product before it adds the bias, and
// LibTorch's modules after.
bool has_16_bits(const at::Tensor& tensor);

// For layers that compute in float32 at least, as half of its bits would overflow.
at::Tensor at_least_float32(const at::Tensor& tensor);

}  // namespace keraslike::layers

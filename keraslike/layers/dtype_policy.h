#pragma once

// For sources.

#include <string>
#include <utility>
#include <vector>

#include "keraslike/saving/fields.h"

namespace keraslike::layers {

// The `dtype` of a layer in a config: a policy object, or its bare name. Layers compute in "float32", and some give
// integers.
class DTypePolicyField final : public saving::ObjectField {
 public:
  explicit DTypePolicyField(std::string& name, std::vector<std::string> known = {"float32"})
      : name_(name), policy_(name), known_(std::move(known)) {}

  bool is_none() const override { return false; }
  std::string identifier() const override { return {}; }
  ClassIdentity identity() const override { return {"keras", "DTypePolicy"}; }
  saving::Configured& object() const override { return policy_; }
  void set_none() override { set_identifier("float32"); }
  void set_identifier(const std::string& name) override;
  void create(const std::string& class_name) override;
  void finish() override { set_identifier(policy_.name); }

 private:
  struct Policy final : saving::Configured {
    explicit Policy(std::string policy_name) : name(std::move(policy_name)) {}
    void fields(Fields& field) override { field("name", name); }

    std::string name;
  };

  std::string& name_;
  mutable Policy policy_;
  std::vector<std::string> known_;
};

}  // namespace keraslike::layers

#include "keraslike/layers/dtype_policy.h"

#include <optional>
#include <set>

#include "keraslike/saving/json.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

// What stands in the config of a policy.
class DTypePolicyField::Config : public saving::Configured {
 public:
  virtual DTypePolicy policy() const = 0;
};

// Keras forgets the names of the policies in a map without a default: null, which means the reader's own.
class DTypePolicyField::NameConfig final : public Config {
 public:
  explicit NameConfig(std::string name) : name_(std::move(name)) {}
  void fields(Fields& field) override { field("name", name_); }
  DTypePolicy policy() const override { return name_ ? DTypePolicy(*name_) : DTypePolicy(); }

 private:
  std::optional<std::string> name_;
};

class DTypePolicyField::MapConfig final : public Config {
 public:
  explicit MapConfig(const DTypePolicy::Map* map) {
    if (map != nullptr) map_ = *map;
  }

  void fields(Fields& field) override {
    DTypePolicy given = map_.default_policy.value_or(DTypePolicy());
    DTypePolicyField otherwise(given, /*is_none=*/!map_.default_policy);
    field.object("default_policy", otherwise);
    map_.default_policy = otherwise.is_none() ? std::nullopt : std::optional<DTypePolicy>(given);
    std::string policies = field.is_reading() ? std::string() : written();
    field.json("policy_map", policies);
    if (field.is_reading()) read(policies);
  }

  DTypePolicy policy() const override { return DTypePolicyMap(map_.default_policy, map_.policies); }

 private:
  std::string written() const {
    saving::Json json = saving::Json::object();
    for (auto [key, policy] : map_.policies) {
      DTypePolicyField field(policy);
      json[key] = saving::write_argument(field);
    }
    return json.dump();
  }

  void read(const std::string& text) {
    const saving::Json json = text.empty() ? saving::Json::object() : saving::Json::parse(text);
    if (!json.is_object()) throw ValueError("`policy_map` must be a dict. Received: {}", text.substr(0, 80));
    map_.policies.clear();
    for (const auto& [key, item] : json.items()) {
      DTypePolicy policy;
      DTypePolicyField field(policy);
      saving::read_argument(item, "policy_map['" + key + "']", {.keep_unknown_keys = true}, field);
      map_.policies.emplace_back(key, policy);
    }
  }

  DTypePolicy::Map map_;
};

DTypePolicyField::DTypePolicyField(DTypePolicy& policy, bool is_none) : policy_(policy), is_none_(is_none) {
  if (policy.map() != nullptr) config_ = std::make_unique<MapConfig>(policy.map());
  else config_ = std::make_unique<NameConfig>(policy.name());
}

DTypePolicyField::~DTypePolicyField() = default;

ClassIdentity DTypePolicyField::identity() const {
  if (policy_.map() != nullptr) return {"keras.dtype_policies", "DTypePolicyMap"};
  return {"keras", "DTypePolicy"};
}

saving::Configured& DTypePolicyField::object() const { return *config_; }

void DTypePolicyField::set_none() {
  is_none_ = true;
  policy_ = DTypePolicy();
}

void DTypePolicyField::set_identifier(const std::string& name) {
  is_none_ = false;
  policy_ = DTypePolicy(name);
}

void DTypePolicyField::create(const std::string& class_name) {
  is_none_ = false;
  if (class_name == "DTypePolicyMap") config_ = std::make_unique<MapConfig>(nullptr);
  else if (class_name == "DTypePolicy" || class_name == "FloatDTypePolicy") config_ = std::make_unique<NameConfig>("");
  else throw ValueError("Layers know the dtype policies DTypePolicy and DTypePolicyMap; quantized ones are not "
                        "available. Received: '{}'", class_name);
}

void DTypePolicyField::finish() { policy_ = config_->policy(); }

bool has_dtype_path(const std::string& class_name) {
  static const std::set<std::string> without{
      "Activation", "ActivityRegularization", "AlphaDropout", "AveragePooling1D", "AveragePooling2D",
      "AveragePooling3D", "Dropout", "ELU", "GaussianDropout", "GaussianNoise", "GlobalAveragePooling1D",
      "GlobalAveragePooling2D", "GlobalAveragePooling3D", "GlobalMaxPooling1D", "GlobalMaxPooling2D",
      "GlobalMaxPooling3D", "Identity", "LeakyReLU", "Masking", "MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "ReLU",
      "Softmax", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "UnitNormalization"};
  return without.count(class_name) == 0;
}

bool has_16_bits(const at::Tensor& tensor) { return tensor.is_floating_point() && tensor.element_size() == 2; }

at::Tensor at_least_float32(const at::Tensor& tensor) {
  return tensor.to(c10::promoteTypes(tensor.scalar_type(), at::kFloat));
}

void dtype_name_field(Fields& field, DTypePolicy& policy) {
  DTypePolicyField access(policy);
  if (field.is_reading() || policy.map() != nullptr) return field.object("dtype", access);
  std::string name = policy.name();
  field("dtype", name);
}

}  // namespace keraslike::layers

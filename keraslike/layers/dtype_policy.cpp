#include "keraslike/layers/dtype_policy.h"

#include "keraslike/utils/errors.h"

namespace keraslike::layers {

void DTypePolicyField::create(const std::string& class_name) {
  if (class_name == "DTypePolicy" || class_name == "FloatDTypePolicy") return;
  throw ValueError("Layers know the dtype policy DTypePolicy only; quantized ones and maps are not available. "
                   "Received: '{}'", class_name);
}

bool has_16_bits(const at::Tensor& tensor) { return tensor.is_floating_point() && tensor.element_size() == 2; }

at::Tensor at_least_float32(const at::Tensor& tensor) {
  return tensor.to(c10::promoteTypes(tensor.scalar_type(), at::kFloat));
}

void dtype_name_field(Fields& field, DTypePolicy& policy) {
  std::string name = policy.name();
  field("dtype", name);
  policy = DTypePolicy(name);
}

}  // namespace keraslike::layers

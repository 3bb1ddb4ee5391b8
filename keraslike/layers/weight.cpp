#include "keraslike/layers/weight.h"

#include <ATen/TensorOperators.h>

namespace keraslike::layers {

at::Tensor Weight::in_keras_shape(const at::Tensor& alike) const {
  if (stored.empty()) return alike;
  std::vector<int64_t> back(stored.size());
  for (size_t i = 0; i < stored.size(); ++i) back[static_cast<size_t>(stored[i])] = static_cast<int64_t>(i);
  return alike.permute(back);
}

at::Tensor LowRank::product() const { return a->tensor.matmul(b->tensor) * scale; }

at::Tensor Weight::effective() const {
  if (!lora) return tensor;
  const at::Tensor product = lora->product();
  return tensor + (stored.empty() ? product : product.permute(stored));
}

at::Tensor Weight::saved() const { return in_keras_shape(effective().detach()); }

void Weight::load(const at::Tensor& values) const {
  in_keras_shape().copy_(values);
  if (!lora) return;
  lora->a->tensor.detach().zero_();
  lora->b->tensor.detach().zero_();
}

}  // namespace keraslike::layers

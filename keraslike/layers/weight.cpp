#include "keraslike/layers/weight.h"

namespace keraslike::layers {

at::Tensor Weight::in_keras_shape(const at::Tensor& alike) const {
  if (stored.empty()) return alike;
  std::vector<int64_t> back(stored.size());
  for (size_t i = 0; i < stored.size(); ++i) back[static_cast<size_t>(stored[i])] = static_cast<int64_t>(i);
  return alike.permute(back);
}

}  // namespace keraslike::layers

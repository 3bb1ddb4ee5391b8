#include "keraslike/layers/color_impl.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>

#include "keraslike/saving/fields.h"

namespace keraslike::layers {

void ColorImpl::fields(Fields& field) {
  AugmentationImpl::fields(field);
  range_field(field, "factor", factor_);
  range_field(field, "value_range", value_range_);
  field("seed", seed_);
  if (!field.is_reading()) return;
  factor_ = factor_range({factor_[0], factor_[1]}, bounds_of(kind_));
  value_range_ = sorted(value_range_);
  settle_seed();
}

Range ColorImpl::bounds_of(Factor kind) {
  if (kind == Factor::Bits) return {1, 8};
  return kind == Factor::Positive ? Range{0, 1} : Range{-1, 1};
}

at::Tensor ColorImpl::within_range(const at::Tensor& images) const {
  return images.clamp(value_range_[0], value_range_[1]);
}

at::Tensor with_channel(const at::Tensor& images, int64_t channel, const at::Tensor& values) {
  std::vector<at::Tensor> channels = images.unbind(1);
  channels[static_cast<size_t>(channel)] = values;
  return at::stack(channels, 1);
}

at::Tensor smoothed(const at::Tensor& images) {
  at::Tensor kernel = at::full({1, 1, 3, 3}, 1.0 / 13.0, images.options());
  kernel.select(2, 1).select(2, 1).fill_(5.0 / 13.0);
  const int64_t channels = images.size(1);
  return at::conv2d(images, kernel.expand({channels, 1, 3, 3}), {}, 1, 1, 1, channels);
}

}  // namespace keraslike::layers

#pragma once

// For sources.

#include "keraslike/layers/augmentation_impl.h"

namespace keraslike::layers {

// A layer that changes colors by one drawn factor.
class ColorImpl : public AugmentationImpl {
 public:
  void fields(Fields& field) override;

 protected:
  // What a number n stands for: [-n, n], [0, n], or [1, n] bits.
  enum class Factor { AroundZero, Positive, Bits };

  explicit ColorImpl(Factor kind) : kind_(kind) {}
  template <class Options>
  ColorImpl(Factor kind, const NestedNumbers& factor, const Options& options)
      : AugmentationImpl(layer_arguments(options), options.data_format, options.seed),
        factor_(factor_range(factor, bounds_of(kind))),
        value_range_(sorted(options.value_range)),
        kind_(kind) {
    settle_seed();
  }

  at::Tensor within_range(const at::Tensor& images) const;

  Range factor_{};
  Range value_range_{0, 255};

 private:
  static Range bounds_of(Factor kind);

  Factor kind_;
};

// The image with another channel in the place of one.
at::Tensor with_channel(const at::Tensor& images, int64_t channel, const at::Tensor& values);

// The mean of each pixel, which counts five times, and its neighbours; zeros stand around the image.
at::Tensor smoothed(const at::Tensor& images);

}  // namespace keraslike::layers

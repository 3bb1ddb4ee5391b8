#include "keraslike/layers/random_color.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/where.h>

#include "keraslike/layers/augmentation_impl.h"
#include "keraslike/layers/color.h"
#include "keraslike/layers/color_impl.h"
#include "keraslike/layers/families.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/epsilon.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

class RandomBrightnessImpl final : public ColorImpl {
 public:
  RandomBrightnessImpl() : ColorImpl(Factor::AroundZero) {}
  RandomBrightnessImpl(const NestedNumbers& factor, const RandomBrightnessOptions& options)
      : ColorImpl(Factor::AroundZero, factor, options) {}

  Transformation draw(const at::Tensor& images, Draws& draws) override {
    const at::Tensor added = draws.uniform({images.size(0), 1, 1, 1}, factor_) * (value_range_[1] - value_range_[0]);
    return [added, this](const at::Tensor& changed) { return within_range(changed + added); };
  }
};

class RandomContrastImpl final : public ColorImpl {
 public:
  RandomContrastImpl() : ColorImpl(Factor::Positive) {}
  RandomContrastImpl(const NestedNumbers& factor, const RandomContrastOptions& options)
      : ColorImpl(Factor::Positive, factor, options) {}

  Transformation draw(const at::Tensor& images, Draws& draws) override {
    const at::Tensor drawn = draws.uniform({images.size(0), 1, 1, 1}, 1.0 - factor_[0], 1.0 + factor_[1]);
    return [drawn, this](const at::Tensor& changed) {
      const at::Tensor mean = changed.mean(2, /*keepdim=*/true).mean(3, /*keepdim=*/true);
      return within_range((changed - mean) * drawn + mean);
    };
  }
};

class RandomSaturationImpl final : public ColorImpl {
 public:
  RandomSaturationImpl() : ColorImpl(Factor::AroundZero) {}
  RandomSaturationImpl(const NestedNumbers& factor, const RandomSaturationOptions& options)
      : ColorImpl(Factor::AroundZero, factor, options) {}

  Transformation draw(const at::Tensor& images, Draws& draws) override {
    const at::Tensor drawn = draws.uniform({images.size(0), 1, 1}, factor_);
    return [factor = drawn / (1.0 - drawn + kEpsilon), this](const at::Tensor& changed) {
      const at::Tensor hsv = rgb_to_hsv(changed);
      return hsv_to_rgb(with_channel(hsv, 1, within_range(hsv.select(1, 1) * factor)));
    };
  }

 protected:
  bool draws_in_inference() const override { return true; }
};

class RandomHueImpl final : public ColorImpl {
 public:
  RandomHueImpl() : ColorImpl(Factor::Positive) {}
  RandomHueImpl(const NestedNumbers& factor, const RandomHueOptions& options)
      : ColorImpl(Factor::Positive, factor, options) {}

  Transformation draw(const at::Tensor& images, Draws& draws) override {
    const at::Tensor is_back = draws.uniform({images.size(0), 1, 1}).gt(0.5);
    const at::Tensor size = draws.uniform({images.size(0), 1, 1}, factor_);
    return [turn = at::where(is_back, -size, size) * 0.5, this](const at::Tensor& changed) {
      const at::Tensor hsv = rgb_to_hsv(to_range(changed, value_range_, {0, 1}));
      at::Tensor hue = hsv.select(1, 0) + turn;
      hue = at::where(hue.gt(1.0), hue - 1.0, hue);
      hue = at::where(hue.lt(0.0), hue + 1.0, hue);
      return to_range(hsv_to_rgb(with_channel(hsv, 0, hue)).clamp(0.0, 1.0), {0, 1}, value_range_);
    };
  }

 protected:
  bool draws_in_inference() const override { return true; }
};

class RandomColorDegenerationImpl final : public ColorImpl {
 public:
  RandomColorDegenerationImpl() : ColorImpl(Factor::AroundZero) {}
  RandomColorDegenerationImpl(const NestedNumbers& factor, const RandomColorDegenerationOptions& options)
      : ColorImpl(Factor::AroundZero, factor, options) {}

  Transformation draw(const at::Tensor& images, Draws& draws) override {
    const at::Tensor drawn = draws.uniform({images.size(0), 1, 1, 1}, factor_);
    return [drawn, this](const at::Tensor& changed) {
      return within_range(changed + drawn * (rgb_to_grayscale(changed) - changed));
    };
  }

 protected:
  bool draws_in_inference() const override { return true; }
};

class RandomInvertImpl final : public ColorImpl {
 public:
  RandomInvertImpl() : ColorImpl(Factor::Positive) { factor_ = {0, 1}; }
  explicit RandomInvertImpl(const RandomInvertOptions& options)
      : ColorImpl(Factor::Positive, options.factor, options) {}

  Transformation draw(const at::Tensor& images, Draws& draws) override {
    return [chosen = draws.chosen(images.size(0), factor_).reshape({-1, 1, 1, 1}), this](const at::Tensor& changed) {
      return at::where(chosen, value_range_[1] - changed, changed);
    };
  }
};

class RandomSharpnessImpl final : public ColorImpl {
 public:
  RandomSharpnessImpl() : ColorImpl(Factor::Positive) {}
  RandomSharpnessImpl(const NestedNumbers& factor, const RandomSharpnessOptions& options)
      : ColorImpl(Factor::Positive, factor, options) {}

  Transformation draw(const at::Tensor& images, Draws& draws) override {
    const at::Tensor drawn = draws.uniform({images.size(0), 1, 1, 1}, factor_) * 2;
    return [drawn, this](const at::Tensor& changed) {
      return within_range(changed + (1.0 - drawn) * (smoothed(changed) - changed));
    };
  }

 protected:
  bool draws_in_inference() const override { return true; }
};

class RandomPosterizationImpl final : public ColorImpl {
 public:
  RandomPosterizationImpl() : ColorImpl(Factor::Bits) {}
  RandomPosterizationImpl(const NestedNumbers& factor, const RandomPosterizationOptions& options)
      : ColorImpl(Factor::Bits, factor, options) {}

  Transformation draw(const at::Tensor& images, Draws& draws) override {
    const auto least = static_cast<int64_t>(factor_[0]);
    const auto most = static_cast<int64_t>(factor_[1]);
    const Shape shape{images.size(0), 1, 1, 1};
    const at::Tensor kept = least == most ? at::full(shape, least, images.options().dtype(at::kLong))
                                          : draws.integers(shape, least, most);
    return [cut = (8 - kept).to(at::kByte), this](const at::Tensor& changed) {
      const at::Tensor bytes = to_range(changed, value_range_, {0, 255}).to(at::kByte);
      const at::Tensor rest = bytes.bitwise_right_shift(cut).bitwise_left_shift(cut);
      return to_range(rest.to(at::kFloat), {0, 255}, value_range_);
    };
  }

 protected:
  bool draws_in_inference() const override { return factor_[0] != factor_[1]; }
};

class RandomGrayscaleImpl final : public AugmentationImpl {
 public:
  RandomGrayscaleImpl() = default;
  explicit RandomGrayscaleImpl(const RandomGrayscaleOptions& options)
      : AugmentationImpl(layer_arguments(options), options.data_format, options.seed),
        factor_(options.factor) {
    settle();
  }

  void fields(Fields& field) override {
    AugmentationImpl::fields(field);
    field("factor", factor_);
    if (field.is_reading()) settle();
  }

  Transformation draw(const at::Tensor& images, Draws& draws) override {
    return [chosen = draws.uniform({images.size(0), 1, 1, 1}).lt(factor_)](const at::Tensor& changed) {
      return at::where(chosen, rgb_to_grayscale(changed), changed);
    };
  }

 protected:
  bool draws_in_inference() const override { return true; }

 private:
  void settle() {
    if (!(factor_ >= 0.0 && factor_ <= 1.0)) {
      throw ValueError("`factor` should be between 0 and 1. Received: factor={}", factor_);
    }
    settle_seed();
  }

  double factor_ = 0.5;
};

class SolarizationImpl final : public AugmentationImpl {
 public:
  SolarizationImpl() = default;
  explicit SolarizationImpl(const SolarizationOptions& options)
      : AugmentationImpl(layer_arguments(options), options.data_format, options.seed),
        value_range_(sorted(options.value_range)),
        addition_(within(options.addition_factor, {0, 1}, "addition_factor")),
        threshold_(within(options.threshold_factor, {0, 1}, "threshold_factor")) {
    settle_seed();
  }

  void fields(Fields& field) override {
    AugmentationImpl::fields(field);
    range_field(field, "value_range", value_range_);
    range_field(field, "addition_factor", addition_);
    range_field(field, "threshold_factor", threshold_);
    field("seed", seed_);
    if (!field.is_reading()) return;
    value_range_ = sorted(value_range_);
    addition_ = within({addition_[0], addition_[1]}, {0, 1}, "addition_factor");
    threshold_ = within({threshold_[0], threshold_[1]}, {0, 1}, "threshold_factor");
    settle_seed();
  }

  Transformation draw(const at::Tensor& images, Draws& draws) override {
    const Shape shape{images.size(0), 1, 1, 1};
    const at::Tensor added = draws.uniform(shape, addition_[0], addition_[1] * 255.0);
    const at::Tensor threshold = draws.uniform(shape, threshold_[0], threshold_[1] * 255.0);
    return [added, threshold, this](const at::Tensor& changed) {
      const at::Tensor values = (to_range(changed, value_range_, {0, 255}) + added).clamp(0.0, 255.0);
      return to_range(at::where(values.lt(threshold), values, 255.0 - values), {0, 255}, value_range_);
    };
  }

 private:
  Range value_range_{0, 255};
  Range addition_{};
  Range threshold_{};
};

}  // namespace

RandomBrightness::RandomBrightness(NestedNumbers factor, RandomBrightnessOptions options)
    : Layer(std::make_shared<RandomBrightnessImpl>(factor, options)) {}
RandomContrast::RandomContrast(NestedNumbers factor, RandomContrastOptions options)
    : Layer(std::make_shared<RandomContrastImpl>(factor, options)) {}
RandomSaturation::RandomSaturation(NestedNumbers factor, RandomSaturationOptions options)
    : Layer(std::make_shared<RandomSaturationImpl>(factor, options)) {}
RandomHue::RandomHue(NestedNumbers factor, RandomHueOptions options)
    : Layer(std::make_shared<RandomHueImpl>(factor, options)) {}
RandomColorDegeneration::RandomColorDegeneration(NestedNumbers factor, RandomColorDegenerationOptions options)
    : Layer(std::make_shared<RandomColorDegenerationImpl>(factor, options)) {}
RandomGrayscale::RandomGrayscale(RandomGrayscaleOptions options)
    : Layer(std::make_shared<RandomGrayscaleImpl>(options)) {}
RandomInvert::RandomInvert(RandomInvertOptions options) : Layer(std::make_shared<RandomInvertImpl>(options)) {}
RandomPosterization::RandomPosterization(NestedNumbers factor, RandomPosterizationOptions options)
    : Layer(std::make_shared<RandomPosterizationImpl>(factor, options)) {}
RandomSharpness::RandomSharpness(NestedNumbers factor, RandomSharpnessOptions options)
    : Layer(std::make_shared<RandomSharpnessImpl>(factor, options)) {}
Solarization::Solarization(SolarizationOptions options) : Layer(std::make_shared<SolarizationImpl>(options)) {}

void register_random_color(Registry<LayerImpl>& layers) {
  layers.add<RandomBrightnessImpl>("RandomBrightness");
  layers.add<RandomContrastImpl>("RandomContrast");
  layers.add<RandomSaturationImpl>("RandomSaturation");
  layers.add<RandomHueImpl>("RandomHue");
  layers.add<RandomColorDegenerationImpl>("RandomColorDegeneration");
  layers.add<RandomGrayscaleImpl>("RandomGrayscale");
  layers.add<RandomInvertImpl>("RandomInvert");
  layers.add<RandomPosterizationImpl>("RandomPosterization");
  layers.add<RandomSharpnessImpl>("RandomSharpness");
  layers.add<SolarizationImpl>("Solarization");
}

}  // namespace keraslike::layers

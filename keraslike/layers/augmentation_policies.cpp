#include "keraslike/layers/augmentation_policies.h"

#include <algorithm>
#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros_like.h>

#include "keraslike/layers/augmentation_impl.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/histograms.h"
#include "keraslike/layers/random_color.h"
#include "keraslike/layers/random_geometry.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

Transformation drawn_by(const Layer& layer, const at::Tensor& images, Draws& draws) {
  return static_cast<AugmentationImpl&>(*layer).draw(images, draws);
}

// What the layers that a policy is made of have in common.
struct PartOptions {
  NestedNumbers factor;
  std::array<double, 2> value_range;
  std::string interpolation;
  std::optional<int64_t> seed;
  std::optional<std::string> data_format;
};

// `Options{...}` of a layer that changes colors.
template <class Options>
Options color(const PartOptions& part) {
  return {.value_range = part.value_range, .seed = part.seed, .data_format = part.data_format};
}

template <class Options>
Options color_by_format(const PartOptions& part) {
  return {.value_range = part.value_range, .data_format = part.data_format, .seed = part.seed};
}

RandomShear shear(const PartOptions& part) {
  return RandomShear({.x_factor = part.factor,
                      .y_factor = part.factor,
                      .interpolation = part.interpolation,
                      .data_format = part.data_format,
                      .seed = part.seed});
}

RandomTranslation translation(const PartOptions& part) {
  return RandomTranslation(
      part.factor, part.factor,
      {.interpolation = part.interpolation, .seed = part.seed, .data_format = part.data_format});
}

RandomRotation rotation(const PartOptions& part) {
  return RandomRotation(part.factor,
                        {.interpolation = part.interpolation, .seed = part.seed, .data_format = part.data_format});
}

Solarization solarization(const PartOptions& part) {
  return Solarization({.addition_factor = part.factor,
                       .threshold_factor = part.factor,
                       .value_range = part.value_range,
                       .seed = part.seed,
                       .data_format = part.data_format});
}

RandomPosterization posterization(const PartOptions& part) {
  const double bits = std::max(1.0, std::trunc(8.0 * part.factor.values().back()));
  return RandomPosterization(bits, color_by_format<RandomPosterizationOptions>(part));
}

RandomBrightness brightness(const PartOptions& part) {
  return RandomBrightness(part.factor, color<RandomBrightnessOptions>(part));
}

RandomColorDegeneration degeneration(const PartOptions& part) {
  return RandomColorDegeneration(part.factor, color_by_format<RandomColorDegenerationOptions>(part));
}

RandomContrast contrast(const PartOptions& part) {
  return RandomContrast(part.factor, color<RandomContrastOptions>(part));
}

RandomSharpness sharpness(const PartOptions& part) {
  return RandomSharpness(part.factor, color_by_format<RandomSharpnessOptions>(part));
}

AutoContrast auto_contrast(const PartOptions& part) {
  return AutoContrast({.value_range = part.value_range, .data_format = part.data_format});
}

Equalization equalization(const PartOptions& part) {
  return Equalization({.value_range = part.value_range, .data_format = part.data_format});
}

class RandAugmentImpl final : public AugmentationImpl {
 public:
  RandAugmentImpl() = default;
  explicit RandAugmentImpl(const RandAugmentOptions& options)
      : AugmentationImpl(layer_arguments(options), options.data_format, options.seed),
        value_range_(options.value_range),
        num_ops_(options.num_ops),
        factor_(factor_range(options.factor, {0, 1})),
        interpolation_(options.interpolation) {
    settle();
  }

  void fields(Fields& field) override {
    AugmentationImpl::fields(field);
    range_field(field, "value_range", value_range_);
    field("num_ops", num_ops_);
    range_field(field, "factor", factor_);
    field("interpolation", interpolation_);
    field("seed", seed_);
    if (field.is_reading()) settle();
  }

  // Everything is drawn, also what is not chosen.
  Transformation draw(const at::Tensor& images, Draws& draws) override {
    const at::Tensor chosen = draws.integers({num_ops_}, 0, static_cast<int64_t>(layers_.size())).cpu();
    std::vector<Transformation> all;
    for (const Layer& layer : layers_) all.push_back(drawn_by(layer, images, draws));
    return [chosen, all](const at::Tensor& changed) {
      at::Tensor result = changed;
      for (int64_t i = 0; i < chosen.size(0); ++i) result = all[static_cast<size_t>(chosen[i].item<int64_t>())](result);
      return result;
    };
  }

 private:
  void settle() {
    if (num_ops_ < 0) throw ValueError("`num_ops` must not be negative. Received: num_ops={}", num_ops_);
    settle_seed();
    const PartOptions part{{factor_[0], factor_[1]}, value_range_, interpolation_, seed_, data_format()};
    layers_ = {shear(part),    translation(part), rotation(part),  brightness(part),    degeneration(part),
               contrast(part), sharpness(part),   solarization(part), posterization(part), auto_contrast(part),
               equalization(part)};
    // Keras makes them in this order, in which seeds are drawn, and draws with posterization before solarization.
    std::swap(layers_[7], layers_[8]);
  }

  Range value_range_{0, 255};
  int64_t num_ops_ = 2;
  Range factor_{0, 0.5};
  std::string interpolation_ = "bilinear";
  std::vector<Layer> layers_;
};

class AugMixImpl final : public AugmentationImpl {
 public:
  AugMixImpl() = default;
  explicit AugMixImpl(const AugMixOptions& options)
      : AugmentationImpl(layer_arguments(options), options.data_format, options.seed),
        options_(options),
        factor_(factor_range(options.factor, {0, 1})) {
    settle();
  }

  void fields(Fields& field) override {
    AugmentationImpl::fields(field);
    range_field(field, "value_range", options_.value_range);
    field("num_chains", options_.num_chains);
    field("chain_depth", options_.chain_depth);
    range_field(field, "factor", factor_);
    field("alpha", options_.alpha);
    field("all_ops", options_.all_ops);
    field("interpolation", options_.interpolation);
    field("seed", seed_);
    if (field.is_reading()) settle();
  }

  Transformation draw(const at::Tensor& images, Draws& draws) override {
    const at::Tensor parts = draws.gamma({options_.num_chains}, options_.alpha);
    const at::Tensor weights = parts / parts.sum(-1, /*keepdim=*/true);
    const at::Tensor own = draws.beta({}, at::full({}, options_.alpha, at::kFloat));
    std::vector<std::vector<Transformation>> chains;
    for (int64_t i = 0; i < options_.num_chains; ++i) chains.push_back(draw_chain(images, draws));
    return [weights, own, chains, range = options_.value_range](const at::Tensor& changed) {
      at::Tensor sum = at::zeros_like(changed);
      for (size_t i = 0; i < chains.size(); ++i) {
        at::Tensor link = changed;
        for (const Transformation& transformation : chains[i]) link = transformation(link);
        sum = sum + link * weights[static_cast<int64_t>(i)];
      }
      return (own * changed + (1.0 - own) * sum).clamp(range[0], range[1]);
    };
  }

 private:
  // One of the choices is to change nothing.
  std::vector<Transformation> draw_chain(const at::Tensor& images, Draws& draws) const {
    std::vector<Transformation> chain;
    for (int64_t i = 0; i < options_.chain_depth; ++i) {
      const auto choice = static_cast<size_t>(utils::python_choice(static_cast<int64_t>(layers_.size()) + 1));
      if (choice < layers_.size()) chain.push_back(drawn_by(layers_[choice], images, draws));
    }
    return chain;
  }

  void settle() {
    if (options_.num_chains < 1 || options_.chain_depth < 1) {
      throw ValueError("AugMix expects `num_chains` and `chain_depth` to be positive. Received: num_chains={}, "
                       "chain_depth={}", options_.num_chains, options_.chain_depth);
    }
    settle_seed();
    const PartOptions part{{factor_[0], factor_[1]}, options_.value_range, options_.interpolation, seed_,
                           data_format()};
    layers_ = {shear(part),         translation(part),   rotation(part),    solarization(part),
               posterization(part), auto_contrast(part), equalization(part)};
    // As in RandAugment: made in this order, chosen in the other.
    std::swap(layers_[3], layers_[4]);
    if (!options_.all_ops) return;
    for (const Layer& layer : {Layer(brightness(part)), Layer(degeneration(part)), Layer(contrast(part)),
                               Layer(sharpness(part))}) {
      layers_.push_back(layer);
    }
  }

  AugMixOptions options_;
  Range factor_{0, 0.3};
  std::vector<Layer> layers_;
};

class RandomColorJitterImpl final : public AugmentationImpl {
 public:
  RandomColorJitterImpl() = default;
  explicit RandomColorJitterImpl(const RandomColorJitterOptions& options)
      : AugmentationImpl(layer_arguments(options), options.data_format, options.seed),
        options_(options) {
    settle();
  }

  void fields(Fields& field) override {
    AugmentationImpl::fields(field);
    range_field(field, "value_range", options_.value_range);
    field("brightness_factor", options_.brightness_factor);
    field("contrast_factor", options_.contrast_factor);
    field("saturation_factor", options_.saturation_factor);
    field("hue_factor", options_.hue_factor);
    field("seed", seed_);
    if (field.is_reading()) settle();
  }

  Transformation draw(const at::Tensor& images, Draws& draws) override {
    std::vector<Transformation> all;
    const at::Tensor seen = as_channels_last(images);
    for (const Layer& layer : layers_) all.push_back(drawn_by(layer, seen, draws));
    return [all, this](const at::Tensor& changed) {
      at::Tensor result = as_channels_last(changed);
      for (const Transformation& transformation : all) result = transformation(result);
      return channels_are_first() ? result.movedim(1, -1) : result;
    };
  }

 private:
  // Keras does not tell its layers about the data format.
  at::Tensor as_channels_last(const at::Tensor& images) const {
    return channels_are_first() ? images.movedim(-1, 1) : images;
  }

  void settle() {
    settle_seed();
    const PartOptions part{none, options_.value_range, "", seed_, std::nullopt};
    layers_.clear();
    if (options_.brightness_factor) {
      layers_.push_back(RandomBrightness(options_.brightness_factor, color<RandomBrightnessOptions>(part)));
    }
    if (options_.contrast_factor) {
      layers_.push_back(RandomContrast(options_.contrast_factor, color<RandomContrastOptions>(part)));
    }
    if (options_.saturation_factor) {
      layers_.push_back(RandomSaturation(options_.saturation_factor, color_by_format<RandomSaturationOptions>(part)));
    }
    if (options_.hue_factor) {
      layers_.push_back(RandomHue(options_.hue_factor, color_by_format<RandomHueOptions>(part)));
    }
  }

  RandomColorJitterOptions options_;
  std::vector<Layer> layers_;
};

}  // namespace

RandAugment::RandAugment(RandAugmentOptions options) : Layer(std::make_shared<RandAugmentImpl>(options)) {}
AugMix::AugMix(AugMixOptions options) : Layer(std::make_shared<AugMixImpl>(options)) {}
RandomColorJitter::RandomColorJitter(RandomColorJitterOptions options)
    : Layer(std::make_shared<RandomColorJitterImpl>(options)) {}

void register_augmentation_policies(Registry<LayerImpl>& layers) {
  layers.add<RandAugmentImpl>("RandAugment");
  layers.add<AugMixImpl>("AugMix");
  layers.add<RandomColorJitterImpl>("RandomColorJitter");
}

}  // namespace keraslike::layers

#include <cmath>
#include <numbers>

#include <ATen/TensorOperators.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include "keraslike/layers/augmentation_impl.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/random_geometry.h"
#include "keraslike/layers/sampling.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

// A layer that draws an affine map per image.
class AffineImpl : public AugmentationImpl {
 public:
  Transformation draw(const at::Tensor& images, Draws& draws) override {
    return [map = drawn(images, draws), this](const at::Tensor& changed) {
      return affine_transformed(changed, map, sampling_);
    };
  }

 protected:
  AffineImpl() = default;
  template <class Options>
  explicit AffineImpl(const Options& options)
      : AugmentationImpl(layer_arguments(options), options.data_format, options.seed),
        sampling_{options.interpolation, options.fill_mode, options.fill_value} {}

  virtual Affine drawn(const at::Tensor& images, Draws& draws) = 0;

  void sampling_fields(Fields& field) {
    field("fill_mode", sampling_.fill_mode);
    field("interpolation", sampling_.interpolation);
    field("seed", seed_);
    field("fill_value", sampling_.fill_value);
  }

  void settle_sampling() {
    check_sampling(sampling_);
    settle_seed();
  }

  Sampling sampling_{.fill_mode = "reflect"};
};

class RandomRotationImpl final : public AffineImpl {
 public:
  RandomRotationImpl() = default;
  RandomRotationImpl(const NestedNumbers& factor, const RandomRotationOptions& options)
      : AffineImpl(options), factor_(factor_range(factor, {-1, 1})) {
    settle_sampling();
  }

  void fields(Fields& field) override {
    AugmentationImpl::fields(field);
    range_field(field, "factor", factor_);
    field("fill_mode", sampling_.fill_mode);
    field("fill_value", sampling_.fill_value);
    field("interpolation", sampling_.interpolation);
    field("seed", seed_);
    if (!field.is_reading()) return;
    factor_ = factor_range({factor_[0], factor_[1]}, {-1, 1});
    settle_sampling();
  }

 protected:
  Affine drawn(const at::Tensor& images, Draws& draws) override {
    const at::Tensor degrees = draws.uniform({images.size(0)}, factor_[0] * 360.0, factor_[1] * 360.0);
    const at::Tensor angle = degrees * (std::numbers::pi / 180.0);
    const at::Tensor cosine = angle.cos();
    const at::Tensor sine = angle.sin();
    const double y = 0.5 * static_cast<double>(images.size(2) - 1);
    const double x = 0.5 * static_cast<double>(images.size(3) - 1);
    return {cosine, -sine, x - x * cosine - y * -sine, sine, cosine, y - x * sine - y * cosine};
  }

 private:
  Range factor_{};
};

class RandomZoomImpl final : public AffineImpl {
 public:
  RandomZoomImpl() = default;
  RandomZoomImpl(NestedNumbers height_factor, const RandomZoomOptions& options)
      : AffineImpl(options), height_factor_(std::move(height_factor)), width_factor_(options.width_factor) {
    settle();
  }

  void fields(Fields& field) override {
    AugmentationImpl::fields(field);
    field("height_factor", height_factor_);
    field("width_factor", width_factor_);
    sampling_fields(field);
    if (field.is_reading()) settle();
  }

 protected:
  Affine drawn(const at::Tensor& images, Draws& draws) override {
    const at::Tensor y = draws.uniform({images.size(0)}, 1.0 + height_[0], 1.0 + height_[1]);
    const at::Tensor x = width_factor_ ? draws.uniform({images.size(0)}, 1.0 + width_[0], 1.0 + width_[1]) : y;
    const at::Tensor zero = at::zeros_like(y);
    return {x, zero, middle(images.size(3)) * (1.0 - x), zero, y, middle(images.size(2)) * (1.0 - y)};
  }

 private:
  static double middle(int64_t size) { return static_cast<double>(size - 1) / 2.0; }

  void settle() {
    height_ = checked(height_factor_, "height_factor");
    if (width_factor_) width_ = checked(width_factor_, "width_factor");
    settle_sampling();
  }

  static Range checked(const NestedNumbers& factor, const char* argument) {
    for (const double number : factor.values()) {
      if (number > -1.0 && number <= 1.0) continue;
      throw ValueError("The `height_factor` and `width_factor` arguments should be a number (or a list of two numbers) "
                       "in the range (-1.0, 1.0]. Received: {}={}", argument, number);
    }
    return factor_range(factor, {-1, 1}, argument);
  }

  NestedNumbers height_factor_ = 0.0;
  NestedNumbers width_factor_ = none;
  Range height_{};
  Range width_{};
};

class RandomTranslationImpl final : public AffineImpl {
 public:
  RandomTranslationImpl() = default;
  RandomTranslationImpl(NestedNumbers height_factor, NestedNumbers width_factor,
                        const RandomTranslationOptions& options)
      : AffineImpl(options), height_factor_(std::move(height_factor)), width_factor_(std::move(width_factor)) {
    settle();
  }

  void fields(Fields& field) override {
    AugmentationImpl::fields(field);
    field("height_factor", height_factor_);
    field("width_factor", width_factor_);
    sampling_fields(field);
    if (field.is_reading()) settle();
  }

 protected:
  Affine drawn(const at::Tensor& images, Draws& draws) override {
    const at::Tensor y = draws.uniform({images.size(0)}, height_) * images.size(2);
    const at::Tensor x = draws.uniform({images.size(0)}, width_) * images.size(3);
    const at::Tensor one = at::ones_like(x);
    const at::Tensor zero = at::zeros_like(x);
    return {one, zero, -x, zero, one, -y};
  }

 private:
  void settle() {
    height_ = within(height_factor_, {-1, 1}, "height_factor");
    width_ = within(width_factor_, {-1, 1}, "width_factor");
    settle_sampling();
  }

  NestedNumbers height_factor_ = 0.0;
  NestedNumbers width_factor_ = 0.0;
  Range height_{};
  Range width_{};
};

class RandomShearImpl final : public AffineImpl {
 public:
  RandomShearImpl() = default;
  explicit RandomShearImpl(const RandomShearOptions& options)
      : AffineImpl(options), x_(checked(options.x_factor, "x_factor")), y_(checked(options.y_factor, "y_factor")) {
    settle_sampling();
  }

  // A config holds what became of a number, which may be below 0.
  void fields(Fields& field) override {
    AugmentationImpl::fields(field);
    range_field(field, "x_factor", x_);
    range_field(field, "y_factor", y_);
    sampling_fields(field);
    if (field.is_reading()) settle_sampling();
  }

 protected:
  Affine drawn(const at::Tensor& images, Draws& draws) override {
    const Shape count{images.size(0)};
    const at::Tensor turn = draws.uniform(count).gt(0.5);
    const at::Tensor y = draws.uniform(count, y_);
    const at::Tensor x = draws.uniform(count, x_);
    const at::Tensor zero = at::zeros_like(x);
    const at::Tensor one = at::ones_like(x);
    return {one, at::where(turn, -x, x), zero, at::where(turn, -y, y), one, zero};
  }

 private:
  static Range checked(const NestedNumbers& factor, const char* argument) {
    const Range range = within(factor, {0, 1}, argument);
    return factor.shape().empty() ? Range{-range[1], range[1]} : range;
  }

  Range x_{};
  Range y_{};
};

}  // namespace

RandomRotation::RandomRotation(NestedNumbers factor, RandomRotationOptions options)
    : Layer(std::make_shared<RandomRotationImpl>(factor, options)) {}
RandomZoom::RandomZoom(NestedNumbers height_factor, RandomZoomOptions options)
    : Layer(std::make_shared<RandomZoomImpl>(std::move(height_factor), options)) {}
RandomTranslation::RandomTranslation(NestedNumbers height_factor, NestedNumbers width_factor,
                                     RandomTranslationOptions options)
    : Layer(std::make_shared<RandomTranslationImpl>(std::move(height_factor), std::move(width_factor), options)) {}
RandomShear::RandomShear(RandomShearOptions options) : Layer(std::make_shared<RandomShearImpl>(options)) {}

void register_random_affine(Registry<LayerImpl>& layers) {
  layers.add<RandomRotationImpl>("RandomRotation");
  layers.add<RandomZoomImpl>("RandomZoom");
  layers.add<RandomTranslationImpl>("RandomTranslation");
  layers.add<RandomShearImpl>("RandomShear");
}

}  // namespace keraslike::layers

#include "keraslike/layers/random_geometry.h"

#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>

#include "keraslike/layers/augmentation_impl.h"
#include "keraslike/layers/data_format.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/plan.h"
#include "keraslike/layers/resize.h"
#include "keraslike/layers/sampling.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

class RandomFlipImpl final : public AugmentationImpl {
 public:
  RandomFlipImpl() = default;
  RandomFlipImpl(std::string mode, const RandomFlipOptions& options)
      : AugmentationImpl(layer_arguments(options), options.data_format, options.seed),
        mode_(std::move(mode)) {
    settle();
  }

  void fields(Fields& field) override {
    AugmentationImpl::fields(field);
    field("seed", seed_);
    field("mode", mode_);
    if (field.is_reading()) settle();
  }

  Transformation draw(const at::Tensor& images, Draws& draws) override {
    const at::Tensor flips = draws.uniform({images.size(0), 1, 1, 1}).le(0.5);
    return [flips, axes = axes_](const at::Tensor& changed) { return at::where(flips, changed.flip(axes), changed); };
  }

 private:
  void settle() {
    axes_.clear();
    if (mode_ == "vertical" || mode_ == "horizontal_and_vertical") axes_.push_back(2);
    if (mode_ == "horizontal" || mode_ == "horizontal_and_vertical") axes_.push_back(3);
    if (axes_.empty()) {
      throw ValueError("RandomFlip expects `mode` to be 'horizontal', 'vertical' or 'horizontal_and_vertical'. "
                       "Received: mode={}", mode_);
    }
    settle_seed();
  }

  std::string mode_ = "horizontal_and_vertical";
  std::vector<int64_t> axes_;
};

class RandomCropImpl final : public AugmentationImpl {
 public:
  RandomCropImpl() = default;
  RandomCropImpl(int64_t height, int64_t width, const RandomCropOptions& options)
      : AugmentationImpl(layer_arguments(options), options.data_format, options.seed),
        height_(height),
        width_(width) {
    settle();
  }

  void fields(Fields& field) override {
    AugmentationImpl::fields(field);
    field("height", height_);
    field("width", width_);
    field("seed", seed_);
    if (field.is_reading()) settle();
  }

  Shape output_shape(const Shape& input) const override {
    Shape output = input;
    const auto row = output.end() - (channels_are_first() ? 2 : 3);
    row[0] = height_;
    row[1] = width_;
    return output;
  }

  // Outside of training it gives images of another size than it promises, as Keras' does.
  std::optional<PlannedLayer> plan(const StepPlanner&, const std::vector<PlanTensor>&) override { return std::nullopt; }

  Transformation draw(const at::Tensor& images, Draws& draws) override {
    const auto [row, column] = corner(images.size(2), images.size(3), draws);
    return [row = row, column = column, height = height_, width = width_](const at::Tensor& changed) {
      const at::Tensor part = changed.slice(2, row, row + height).slice(3, column, column + width);
      return part.size(2) == height && part.size(3) == width ? part : resized(part, height, width, {});
    };
  }

 private:
  // Where the part begins. One that images are too small for has the middle of its proportions there.
  std::pair<int64_t, int64_t> corner(int64_t rows, int64_t columns, Draws& draws) const {
    if (rows > height_ && columns > width_) {
      const int64_t row = place(rows - height_ + 1, draws);
      return {row, place(columns - width_ + 1, draws)};
    }
    const auto [height, width] = sizes_with_ratio(rows, columns, height_, width_);
    return {(rows - height) / 2, (columns - width) / 2};
  }

  static int64_t place(int64_t count, Draws& draws) {
    return static_cast<int64_t>(draws.uniform({}, 0.0, static_cast<double>(count)).item<float>());
  }

  void settle() {
    if (height_ <= 0 || width_ <= 0) {
      throw ValueError("RandomCrop expects `height` and `width` to be positive. Received: height={}, width={}",
                       height_, width_);
    }
    // Without a seed Keras draws one for the config and another to use; a layer made from the config uses the former.
    const int64_t config_seed = seed_ ? *seed_ : utils::next_seed();
    settle_seed();
    seed_ = config_seed;
  }

  int64_t height_ = 1;
  int64_t width_ = 1;
};

class RandomPerspectiveImpl final : public AugmentationImpl {
 public:
  RandomPerspectiveImpl() = default;
  explicit RandomPerspectiveImpl(const RandomPerspectiveOptions& options)
      : AugmentationImpl(layer_arguments(options), options.data_format, options.seed),
        factor_(factor_range(options.factor, {0, 1})),
        scale_(options.scale),
        sampling_{options.interpolation, "constant", options.fill_value} {
    settle();
  }

  void fields(Fields& field) override {
    AugmentationImpl::fields(field);
    range_field(field, "factor", factor_);
    field("scale", scale_);
    field("interpolation", sampling_.interpolation);
    field("fill_value", sampling_.fill_value);
    field("seed", seed_);
    if (field.is_reading()) settle();
  }

  Transformation draw(const at::Tensor& images, Draws& draws) override {
    const at::Tensor chosen = draws.chosen(images.size(0), factor_);
    const at::Tensor moves = draws.uniform({images.size(0), 4, 2}, -0.5 * scale_, 0.5 * scale_);
    const auto bottom = static_cast<float>(images.size(2) - 1);
    const auto right = static_cast<float>(images.size(3) - 1);
    const at::Tensor start =
        at::tensor({0.0F, 0.0F, right, 0.0F, 0.0F, bottom, right, bottom}).reshape({1, 4, 2}).to(moves.device())
            .expand_as(moves);
    return [chosen, start, end = start + start * moves, this](const at::Tensor& changed) {
      return at::where(per_image(chosen), perspective_transformed(changed, start, end, sampling_), changed);
    };
  }

 private:
  void settle() {
    factor_ = factor_range({factor_[0], factor_[1]}, {0, 1});
    check_sampling(sampling_);
    if (!(scale_ >= 0.0 && scale_ <= 1.0)) {
      throw ValueError("The `scale` argument should be a number in the range [0,1]. Received: scale={}", scale_);
    }
    settle_seed();
  }

  Range factor_{0, 1};
  double scale_ = 1.0;
  Sampling sampling_;
};

class RandomElasticTransformImpl final : public AugmentationImpl {
 public:
  RandomElasticTransformImpl() = default;
  explicit RandomElasticTransformImpl(const RandomElasticTransformOptions& options)
      : AugmentationImpl(layer_arguments(options), options.data_format, options.seed),
        factor_(factor_range(options.factor, {0, 1})),
        scale_(factor_range(options.scale, {0, 1}, "scale")),
        sampling_{options.interpolation, options.fill_mode, options.fill_value},
        value_range_(options.value_range) {
    settle();
  }

  void fields(Fields& field) override {
    AugmentationImpl::fields(field);
    range_field(field, "factor", factor_);
    range_field(field, "scale", scale_);
    field("interpolation", sampling_.interpolation);
    field("fill_mode", sampling_.fill_mode);
    field("fill_value", sampling_.fill_value);
    range_field(field, "value_range", value_range_);
    field("seed", seed_);
    if (field.is_reading()) settle();
  }

  Transformation draw(const at::Tensor& images, Draws& draws) override {
    if (scale_[1] == 0.0 || factor_[1] == 0.0) return [](const at::Tensor& changed) { return changed; };
    const at::Tensor chosen = draws.chosen(images.size(0), factor_);
    const at::Tensor strength = draws.uniform({}, scale_);
    return [chosen, strength, this](const at::Tensor& changed) {
      return at::where(per_image(chosen), moved(changed, strength), changed).clamp(value_range_[0], value_range_[1]);
    };
  }

 private:
  void settle() {
    check_sampling(sampling_, /*has_mirror=*/true);
    settle_seed();
  }

  at::Tensor moved(const at::Tensor& images, const at::Tensor& strength) const {
    const int64_t height = images.size(2);
    const int64_t width = images.size(3);
    const at::Tensor reach = std::max(height, width) * (0.1 * strength);
    const at::Tensor sigma = std::min(height, width) * (0.05 * strength);
    const at::Tensor x = noise(images, sigma);
    const at::Tensor y = noise(images, sigma);
    const at::Tensor columns = at::arange(width, images.options()).reshape({1, 1, -1}) + reach * x;
    const at::Tensor rows = at::arange(height, images.options()).reshape({1, -1, 1}) + reach * y;
    return sampled(images, rows, columns, sampling_);
  }

  static at::Tensor noise(const at::Tensor& images, const at::Tensor& sigma) {
    const int64_t size = static_cast<int64_t>((6 * sigma).item<float>()) | 1;
    const at::Tensor drawn =
        at::randn({images.size(0), 1, images.size(2), images.size(3)}, images.options().device(at::kCPU));
    const at::Tensor values = drawn.to(images.device()) * sigma;
    return gaussian_blurred(values, {size, size}, at::stack({sigma, sigma})).squeeze(1);
  }

  Range factor_{0, 1};
  Range scale_{0, 1};
  Sampling sampling_{.fill_mode = "reflect"};
  Range value_range_{0, 255};
};

}  // namespace

RandomFlip::RandomFlip(std::string mode, RandomFlipOptions options)
    : Layer(std::make_shared<RandomFlipImpl>(std::move(mode), options)) {}
RandomCrop::RandomCrop(int64_t height, int64_t width, RandomCropOptions options)
    : Layer(std::make_shared<RandomCropImpl>(height, width, options)) {}
RandomPerspective::RandomPerspective(RandomPerspectiveOptions options)
    : Layer(std::make_shared<RandomPerspectiveImpl>(options)) {}
RandomElasticTransform::RandomElasticTransform(RandomElasticTransformOptions options)
    : Layer(std::make_shared<RandomElasticTransformImpl>(options)) {}

void register_random_geometry(Registry<LayerImpl>& layers) {
  layers.add<RandomFlipImpl>("RandomFlip");
  layers.add<RandomCropImpl>("RandomCrop");
  layers.add<RandomPerspectiveImpl>("RandomPerspective");
  layers.add<RandomElasticTransformImpl>("RandomElasticTransform");
}

}  // namespace keraslike::layers

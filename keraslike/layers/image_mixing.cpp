#include "keraslike/layers/image_mixing.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>

#include "keraslike/data/array.h"
#include "keraslike/layers/augmentation_impl.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/sampling.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::layers {

namespace {

// A part of an axis for each image, from its first pixel to before its last; not whole numbers.
struct Stretch {
  at::Tensor begin, end;

  at::Tensor length() const { return end - begin; }
};

Stretch draw_stretch(int64_t size, const at::Tensor& share, Draws& draws) {
  const at::Tensor length = share * size;
  const at::Tensor begin = draws.uniform({share.size(0)}) * (size - length);
  return {begin, begin + length};
}

at::Tensor is_within(const Stretch& stretch, const at::Tensor& numbers) {
  return numbers.ge(per_image(stretch.begin)).logical_and(numbers.lt(per_image(stretch.end)));
}

// True in a rectangle of each image: (batch, 1, rows, columns).
at::Tensor rectangles(const at::Tensor& images, const Stretch& rows, const Stretch& columns) {
  const at::Tensor y = at::arange(images.size(2), images.options()).reshape({1, 1, -1, 1});
  const at::Tensor x = at::arange(images.size(3), images.options()).reshape({1, 1, 1, -1});
  return is_within(rows, y).logical_and(is_within(columns, x));
}

// Layers that mix labels too.
class MixingImpl : public AugmentationImpl {
 public:
  using AugmentationImpl::AugmentationImpl;

  std::pair<at::Tensor, at::Tensor> mix(const at::Tensor& images, const at::Tensor& labels) {
    if (images.dim() != 4) {
      throw ValueError("{} mixes labels of a batch of images, (batch, rows, columns, channels). Received: images of "
                       "shape {}", class_name(), utils::shape_of(images));
    }
    if (labels.dim() != 2 || labels.size(0) != images.size(0)) {
      throw ValueError("{} expects labels of shape ({}, classes), a row for each image; one-hot, where they are class "
                       "numbers. Received: labels of shape {}", class_name(), images.size(0),
                       utils::shape_of(labels));
    }
    at::Tensor mixed = run(images, {.training = true});
    const at::Tensor values = labels.is_floating_point() ? labels : labels.to(at::kFloat);
    return {std::move(mixed), weight_ * values + (1.0 - weight_) * values.index_select(0, order_)};
  }

 protected:
  // For the labels of these images: the other image of each, and the share of its own.
  void keep_for_labels(const at::Tensor& order, const at::Tensor& weight) {
    order_ = order;
    weight_ = weight.reshape({-1, 1});
  }

 private:
  at::Tensor order_;
  at::Tensor weight_;
};

class CutMixImpl final : public MixingImpl {
 public:
  CutMixImpl() = default;
  explicit CutMixImpl(const CutMixOptions& options)
      : MixingImpl(layer_arguments(options), options.data_format, options.seed),
        factor_(factor_range(options.factor, {0, 1})) {
    settle_seed();
  }

  void fields(Fields& field) override {
    AugmentationImpl::fields(field);
    range_field(field, "factor", factor_);
    field("seed", seed_);
    if (!field.is_reading()) return;
    factor_ = factor_range({factor_[0], factor_[1]}, {0, 1});
    settle_seed();
  }

  // Nothing is drawn for one image.
  at::Tensor call(const at::Tensor& input, const CallOptions& options) override {
    return input.dim() == 3 ? input.to(at::kFloat) : AugmentationImpl::call(input, options);
  }

  Transformation draw(const at::Tensor& images, Draws& draws) override {
    const at::Tensor alpha = draws.uniform({}, factor_) + 1e-6;
    const at::Tensor share = (1.0 - draws.beta({images.size(0)}, alpha)).sqrt();
    const Stretch columns = draw_stretch(images.size(3), share, draws);
    const Stretch rows = draw_stretch(images.size(2), share, draws);
    const at::Tensor is_other = rectangles(images, rows, columns);
    const at::Tensor order = draws.order(images.size(0));
    const auto pixels = static_cast<double>(images.size(2) * images.size(3));
    keep_for_labels(order, 1.0 - columns.length() * rows.length() / pixels);
    return [is_other, order](const at::Tensor& changed) {
      return at::where(is_other, changed.index_select(0, order), changed);
    };
  }

 private:
  Range factor_{0, 1};
};

class MixUpImpl final : public MixingImpl {
 public:
  MixUpImpl() = default;
  explicit MixUpImpl(const MixUpOptions& options)
      : MixingImpl(layer_arguments(options), options.data_format, options.seed),
        alpha_(options.alpha) {
    settle();
  }

  void fields(Fields& field) override {
    AugmentationImpl::fields(field);
    field("alpha", alpha_);
    field("seed", seed_);
    if (field.is_reading()) settle();
  }

  Transformation draw(const at::Tensor& images, Draws& draws) override {
    const at::Tensor order = draws.order(images.size(0));
    const at::Tensor weight = draws.beta({images.size(0)}, at::full({}, alpha_, at::kFloat));
    keep_for_labels(order, weight);
    return [order, weight = per_image(weight)](const at::Tensor& changed) {
      return weight * changed + (1.0 - weight) * changed.index_select(0, order);
    };
  }

 protected:
  bool draws_in_inference() const override { return true; }

 private:
  void settle() {
    if (!(alpha_ > 0.0)) throw ValueError("MixUp expects `alpha` to be positive. Received: alpha={}", alpha_);
    settle_seed();
  }

  double alpha_ = 0.2;
};

class RandomErasingImpl final : public AugmentationImpl {
 public:
  RandomErasingImpl() = default;
  explicit RandomErasingImpl(const RandomErasingOptions& options)
      : AugmentationImpl(layer_arguments(options), options.data_format, options.seed),
        factor_(factor_range(options.factor, {0, 1})),
        scale_(factor_range(options.scale, {0, 1}, "scale")),
        fill_value_(options.fill_value),
        value_range_(options.value_range) {
    settle();
  }

  void fields(Fields& field) override {
    AugmentationImpl::fields(field);
    range_field(field, "factor", factor_);
    range_field(field, "scale", scale_);
    field("fill_value", fill_value_);
    range_field(field, "value_range", value_range_);
    field("seed", seed_);
    if (field.is_reading()) settle();
  }

  Transformation draw(const at::Tensor& images, Draws& draws) override {
    const at::Tensor shares = draws.uniform({images.size(0), 2}, scale_).sqrt();
    const Stretch columns = draw_stretch(images.size(3), shares.select(1, 0), draws);
    const Stretch rows = draw_stretch(images.size(2), shares.select(1, 1), draws);
    const at::Tensor chosen = per_image(draws.chosen(images.size(0), factor_));
    const at::Tensor is_hidden = rectangles(images, rows, columns).logical_and(chosen);
    return [is_hidden, cover = cover(images, draws)](const at::Tensor& changed) {
      return at::where(is_hidden, cover, changed);
    };
  }

 private:
  void settle() {
    if (fill_value_ && fill_value_.shape() != Shape() && fill_value_.shape() != Shape{3}) {
      throw ValueError("The `fill_value` argument should be a number (or a list of three numbers). Received a list of "
                       "shape {}.", fill_value_.shape());
    }
    settle_seed();
  }

  at::Tensor cover(const at::Tensor& images, Draws& draws) const {
    const auto kept = [&](const at::Tensor& values) { return values.clamp(value_range_[0], value_range_[1]); };
    if (!fill_value_) return kept(noise(images, draws) * value_range_[1]);
    const at::Tensor values = at::tensor(at::ArrayRef<double>(fill_value_.values())).to(images.options());
    return kept(channels_are_first() && values.numel() > 1 ? values.reshape({1, 1, 1, -1})
                                                           : values.reshape({1, -1, 1, 1}));
  }

  // Drawn in the order of the axes that the image came with.
  at::Tensor noise(const at::Tensor& images, Draws& draws) const {
    const auto sizes = images.sizes();
    if (channels_are_first()) return draws.normal(Shape(sizes.begin(), sizes.end()));
    return draws.normal({sizes[0], sizes[2], sizes[3], sizes[1]}).movedim(-1, 1);
  }

  Range factor_{0, 1};
  Range scale_{0.02, 0.33};
  NestedNumbers fill_value_ = none;
  Range value_range_{0, 255};
};

class RandomGaussianBlurImpl final : public AugmentationImpl {
 public:
  RandomGaussianBlurImpl() = default;
  explicit RandomGaussianBlurImpl(const RandomGaussianBlurOptions& options)
      : AugmentationImpl(layer_arguments(options), options.data_format, options.seed),
        factor_(factor_range(options.factor, {0, 1})),
        kernel_size_(options.kernel_size),
        sigma_(factor_range(options.sigma, {0, 1}, "sigma")),
        value_range_(options.value_range) {
    settle();
  }

  void fields(Fields& field) override {
    AugmentationImpl::fields(field);
    range_field(field, "factor", factor_);
    field("kernel_size", kernel_size_);
    range_field(field, "sigma", sigma_);
    range_field(field, "value_range", value_range_);
    field("seed", seed_);
    if (field.is_reading()) settle();
  }

  Transformation draw(const at::Tensor& images, Draws& draws) override {
    const at::Tensor chosen = per_image(draws.chosen(images.size(0), factor_));
    return [chosen, sigma = draws.uniform({2}, sigma_) + 1e-6, this](const at::Tensor& changed) {
      const at::Tensor blurred = gaussian_blurred(changed, kernel_size_, sigma);
      return at::where(chosen, blurred, changed).clamp(value_range_[0], value_range_[1]);
    };
  }

 private:
  void settle() {
    if (kernel_size_[0] < 1 || kernel_size_[1] < 1 || kernel_size_[0] % 2 == 0 || kernel_size_[1] % 2 == 0) {
      throw ValueError("kernel_size must be an odd number. Received: kernel_size=({}, {})", kernel_size_[0],
                       kernel_size_[1]);
    }
    settle_seed();
  }

  Range factor_{0, 1};
  Extent<2> kernel_size_ = 3;
  Range sigma_{0, 1};
  Range value_range_{0, 255};
};

class MaxNumBoundingBoxesImpl final : public AugmentationImpl {
 public:
  MaxNumBoundingBoxesImpl() = default;
  MaxNumBoundingBoxesImpl(int64_t max_number, const MaxNumBoundingBoxesOptions& options)
      : AugmentationImpl(layer_arguments(options), options.data_format),
        max_number_(max_number) {}

  void fields(Fields& field) override {
    AugmentationImpl::fields(field);
    field("max_number", max_number_);
  }

  Transformation draw(const at::Tensor&, Draws&) override {
    return [](const at::Tensor& images) { return images; };
  }

 private:
  int64_t max_number_ = 0;
};

std::pair<Array, Array> mixed_arrays(MixingImpl& layer, const Array& images, const Array& labels) {
  auto [mixed, mixed_labels] = layer.mix(images.tensor(), labels.tensor());
  return {Array(std::move(mixed)), Array(std::move(mixed_labels))};
}

}  // namespace

CutMix::CutMix(CutMixOptions options) : Layer(std::make_shared<CutMixImpl>(options)) {}
std::pair<at::Tensor, at::Tensor> CutMix::mix(const at::Tensor& images, const at::Tensor& labels) const {
  return static_cast<MixingImpl&>(*impl_).mix(images, labels);
}
std::pair<Array, Array> CutMix::mix(const Array& images, const Array& labels) const {
  return mixed_arrays(static_cast<MixingImpl&>(*impl_), images, labels);
}

MixUp::MixUp(MixUpOptions options) : Layer(std::make_shared<MixUpImpl>(options)) {}
std::pair<at::Tensor, at::Tensor> MixUp::mix(const at::Tensor& images, const at::Tensor& labels) const {
  return static_cast<MixingImpl&>(*impl_).mix(images, labels);
}
std::pair<Array, Array> MixUp::mix(const Array& images, const Array& labels) const {
  return mixed_arrays(static_cast<MixingImpl&>(*impl_), images, labels);
}

RandomErasing::RandomErasing(RandomErasingOptions options) : Layer(std::make_shared<RandomErasingImpl>(options)) {}
RandomGaussianBlur::RandomGaussianBlur(RandomGaussianBlurOptions options)
    : Layer(std::make_shared<RandomGaussianBlurImpl>(options)) {}
MaxNumBoundingBoxes::MaxNumBoundingBoxes(int64_t max_number, MaxNumBoundingBoxesOptions options)
    : Layer(std::make_shared<MaxNumBoundingBoxesImpl>(max_number, options)) {}

void register_image_mixing(Registry<LayerImpl>& layers) {
  layers.add<CutMixImpl>("CutMix");
  layers.add<MixUpImpl>("MixUp");
  layers.add<RandomErasingImpl>("RandomErasing");
  layers.add<RandomGaussianBlurImpl>("RandomGaussianBlur");
  layers.add<MaxNumBoundingBoxesImpl>("MaxNumBoundingBoxes");
}

}  // namespace keraslike::layers

#include "keraslike/layers/preprocessing.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/var_mean.h>

#include "keraslike/data/conversion.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/layer_impl.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

constexpr double kEpsilon = 1e-7;  // keras.config.epsilon()

class RescalingImpl final : public LayerImpl {
 public:
  RescalingImpl() = default;
  RescalingImpl(double scale, RescalingOptions options)
      : LayerImpl({options.name, options.trainable, options.input_shape}), scale_(scale), offset_(options.offset) {}

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("scale", scale_);
    field("offset", offset_);
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override { return input * scale_ + offset_; }

 private:
  double scale_ = 1.0;
  double offset_ = 0.0;
};

class NormalizationImpl final : public LayerImpl {
 public:
  NormalizationImpl() = default;
  explicit NormalizationImpl(NormalizationOptions options)
      : LayerImpl({options.name, options.trainable, options.input_shape}), options_(std::move(options)) {
    if (options_.mean.empty() != options_.variance.empty()) {
      throw ValueError("When setting values directly, both `mean` and `variance` must be set. Got mean with {} values "
                       "and variance with {}", options_.mean.size(), options_.variance.size());
    }
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("axis", options_.axis);
    field("invert", options_.invert);
    field("mean", options_.mean);
    field("variance", options_.variance);
  }

  void build(const Shape& input) override {
    const Shape kept = kept_shape(input);
    if (!options_.mean.empty()) {
      mean_ = given(options_.mean, kept, "mean");
      variance_ = given(options_.variance, kept, "variance");
      return;
    }
    mean_ = add_weight("mean", kept, "zeros", {.trainable = false});
    variance_ = add_weight("variance", kept, "ones", {.trainable = false});
    count_ = add_weight("count", {}, "zeros", {.trainable = false});
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    const at::Tensor mean = spread(mean_, input.dim());
    const at::Tensor deviation = at::clamp(spread(variance_, input.dim()).sqrt(), kEpsilon);
    return options_.invert ? mean + input * deviation : (input - mean) / deviation;
  }

  void check_input(const Shape& input) const override {
    if (!options_.axis) return;
    const int64_t axis = axis_for(input);
    if (input.dim(axis) < 0) {
      throw ValueError("All `axis` values to be kept must have a known shape. Layer '{}' received: axis={}, "
                       "input of shape {}", name(), *options_.axis, input);
    }
    if (built_) expect_axis(input, axis, built_shape_.dim(axis_for(built_shape_)));
  }

  void adapt(const at::Tensor& rows) {
    if (!options_.mean.empty()) {
      throw ValueError("Cannot `adapt` a Normalization layer that is initialized with static `mean` and `variance`, you "
                       "passed mean with {} values.", options_.mean.size());
    }
    const Shape shape = Shape(rows.sizes().begin(), rows.sizes().end()).without_batch().with_batch();
    check_input(shape);
    ensure_built(shape);
    const at::NoGradGuard no_grad;
    std::vector<int64_t> axes;
    for (int64_t axis = 0; axis < rows.dim(); ++axis) {
      if (!options_.axis || axis != axis_for(shape)) axes.push_back(axis);
    }
    const auto [variance, mean] = at::var_mean(rows.to(at::kDouble), at::IntArrayRef(axes), /*unbiased=*/false);
    mean_.copy_(mean);
    variance_.copy_(variance);
    count_.fill_(static_cast<double>(rows.size(0)));
  }

 private:
  int64_t axis_for(const Shape& input) const {
    const int64_t axis = *options_.axis < 0 ? *options_.axis + input.rank() : *options_.axis;
    if (axis > 0 && axis < input.rank()) return axis;
    throw ValueError("Normalization expects `axis` to be one of the input's axes after the batch axis. Layer '{}' "
                     "received: axis={}, input of shape {}", name(), *options_.axis, input);
  }

  Shape kept_shape(const Shape& input) const { return options_.axis ? Shape{input.dim(axis_for(input))} : Shape(); }

  static at::Tensor given(const std::vector<double>& values, const Shape& shape, const char* name) {
    const at::Tensor tensor = at::tensor(at::ArrayRef<double>(values)).to(at::kFloat);
    if (tensor.numel() != 1 && tensor.numel() != shape.count()) {
      throw ValueError("Normalization expects `{}` with 1 or {} values. Received: {} values", name, shape.count(),
                       tensor.numel());
    }
    return tensor.expand({shape.empty() ? 1 : shape[0]}).reshape(shape);
  }

  // One value per entry of the kept axis, with axes of size 1 around it.
  at::Tensor spread(const at::Tensor& values, int64_t rank) const {
    if (!options_.axis) return values;
    std::vector<int64_t> sizes(static_cast<size_t>(rank), 1);
    sizes[static_cast<size_t>(*options_.axis < 0 ? *options_.axis + rank : *options_.axis)] = values.numel();
    return values.reshape(sizes);
  }

  NormalizationOptions options_;
  at::Tensor mean_;
  at::Tensor variance_;
  at::Tensor count_;
};

}  // namespace

Rescaling::Rescaling(double scale, RescalingOptions options)
    : Layer(std::make_shared<RescalingImpl>(scale, std::move(options))) {}
Normalization::Normalization(NormalizationOptions options)
    : Layer(std::make_shared<NormalizationImpl>(std::move(options))) {}

void Normalization::adapt(const Data& data) const {
  const at::Tensor rows = data::to_tensor(data, "data", data::Want::Float32);
  if (rows.dim() < 2 || rows.size(0) == 0) {
    throw ValueError("`adapt` expects rows of values: an array with at least two axes and one row. Received: shape={}",
                     Shape(rows.sizes().begin(), rows.sizes().end()));
  }
  static_cast<NormalizationImpl&>(*impl_).adapt(rows);
}

void register_preprocessing(Registry<LayerImpl>& layers) {
  layers.add<RescalingImpl>("Rescaling");
  layers.add<NormalizationImpl>("Normalization");
}

}  // namespace keraslike::layers

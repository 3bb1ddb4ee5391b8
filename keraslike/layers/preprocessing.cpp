#include "keraslike/layers/preprocessing.h"

#include <algorithm>
#include <tuple>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/var_mean.h>
#include <fmt/ranges.h>

#include "keraslike/data/conversion.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/epsilon.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::layers {

namespace {

class RescalingImpl final : public LayerImpl {
 public:
  RescalingImpl() = default;
  RescalingImpl(NestedNumbers scale, RescalingOptions options)
      : LayerImpl(layer_arguments(options)), scale_(std::move(scale)), offset_(std::move(options.offset)) {
    check();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("scale", scale_);
    field("offset", offset_);
    if (field.is_reading()) check();
  }

  bool supports_masking() const override { return true; }

  // In the type of the computation, to which the numbers are rounded first, as Keras does.
  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    const auto options = input.options().dtype(utils::scalar_type(compute_dtype()));
    return input.to(options) * tensor_of(scale_, options) + tensor_of(offset_, options);
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors&) override {
    return planned_by_autograd(*this, planner);
  }

  void check_input(const Shape& input) const override {
    check_sizes("scale", scale_, input);
    check_sizes("offset", offset_, input);
  }

 private:
  void check() const {
    if (scale_ && offset_) return;
    throw ValueError("Rescaling expects a number, or one for each channel, as `{}`. Received: none",
                     scale_ ? "offset" : "scale");
  }

  static at::Tensor tensor_of(const NestedNumbers& numbers, const at::TensorOptions& options) {
    return at::tensor(at::ArrayRef<double>(numbers.values())).to(options).reshape(numbers.shape());
  }

  void check_sizes(const char* argument, const NestedNumbers& numbers, const Shape& input) const {
    const Shape& shape = numbers.shape();
    bool fits = shape.rank() < std::max<int64_t>(input.rank(), 1);
    for (int64_t axis = 1; fits && axis <= shape.rank(); ++axis) {
      fits = shape.dim(-axis) == 1 || shape.dim(-axis) == input.dim(-axis) || input.dim(-axis) < 0;
    }
    if (fits) return;
    throw ValueError("Rescaling expects `{}` to be one number, or of sizes that the input's last axes have. Layer '{}' "
                     "received: {} of shape {} for an input of shape {}", argument, name(), argument, shape, input);
  }

  NestedNumbers scale_ = 1.0;
  NestedNumbers offset_ = 0.0;
};

class NormalizationImpl final : public LayerImpl {
 public:
  NormalizationImpl() { settle(); }
  explicit NormalizationImpl(NormalizationOptions options)
      : LayerImpl(layer_arguments(options)), options_(std::move(options)) {
    settle();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("axis", options_.axis);
    field("invert", options_.invert);
    field("mean", options_.mean);
    field("variance", options_.variance);
    if (field.is_reading()) settle();
  }

  bool supports_masking() const override { return true; }

  void build(const Shape& input) override {
    const auto axes = kept_axes(input);
    if (options_.mean) {
      mean_ = given(options_.mean, input, axes);
      variance_ = given(options_.variance, input, axes);
      return;
    }
    Shape kept;
    for (const int64_t axis : axes) kept.push_back(input.dim(axis));
    mean_ = add_weight("mean", kept, "zeros", {.trainable = false, .autocast = false});
    variance_ = add_weight("variance", kept, "ones", {.trainable = false, .autocast = false});
    add_weight("count", {}, "zeros", {.trainable = false, .dtype = DType::Int32});  // for older files; never read
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    const at::Tensor mean = spread(mean_, input);
    const at::Tensor deviation = at::clamp(spread(variance_, input).sqrt(), kEpsilon);
    return options_.invert ? mean + input * deviation : (input - mean) / deviation;
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors&) override {
    return planned_by_autograd(*this, planner);
  }

  void check_input(const Shape& input) const override {
    for (const int64_t axis : kept_axes(input)) {
      if (input.dim(axis) < 0) {
        throw ValueError("All `axis` values to be kept must have a known shape. Layer '{}' received: axis={}, "
                         "input of shape {}", name(), options_.axis.values(), input);
      }
      if (built_ && input.rank() == built_shape_.rank()) expect_axis(input, axis, built_shape_.dim(axis));
    }
    if (built_) expect_rank(input, built_shape_.rank());
  }

  void adapt(const at::Tensor& rows) {
    if (options_.mean) {
      throw ValueError(
          "Cannot `adapt` a Normalization layer that is initialized with static `mean` and `variance`, you "
          "passed mean with {} values.",
          options_.mean.values().size());
    }
    const Shape shape = Shape(rows.sizes().begin(), rows.sizes().end()).without_batch().with_batch();
    check_input(shape);
    ensure_built(shape);
    const at::NoGradGuard no_grad;
    const auto kept = kept_axes(shape);
    std::vector<int64_t> reduced;
    for (int64_t axis = 0; axis < rows.dim(); ++axis) {
      if (std::find(kept.begin(), kept.end(), axis) == kept.end()) reduced.push_back(axis);
    }
    const at::Tensor seen = rows.to(utils::scalar_type(compute_dtype())).to(at::kDouble);
    const auto [variance, mean] = at::var_mean(seen, at::IntArrayRef(reduced), /*unbiased=*/false);
    mean_.copy_(mean);
    variance_.copy_(variance);
  }

 private:
  void settle() {
    options_.axis = Axes(options_.axis.values());  // Keras keeps, and writes, a tuple
    const auto& [axis, mean, variance] = std::tie(options_.axis, options_.mean, options_.variance);
    if (static_cast<bool>(mean) != static_cast<bool>(variance)) {
      throw ValueError("When setting values directly, both `mean` and `variance` must be set. Received: {} alone.",
                       mean ? "mean" : "variance");
    }
    if (!mean) return;
    if (mean.shape() != variance.shape()) {
      throw ValueError(
          "When setting values directly, `mean` and `variance` must have the same shape. Received: mean of "
          "shape {} and variance of shape {}",
          mean.shape(), variance.shape());
    }
    if (mean.shape().size() > axis.values().size()) {
      throw ValueError(
          "The rank of `mean` must be less than or equal to the number of axes ({}). Received: mean of shape "
          "{} for axis={}",
          axis.values().size(), mean.shape(), axis.values());
    }
  }

  // Counted from the front, in order.
  std::vector<int64_t> kept_axes(const Shape& input) const {
    std::vector<int64_t> axes;
    for (const int64_t given : options_.axis) axes.push_back(given < 0 ? given + input.rank() : given);
    std::sort(axes.begin(), axes.end());
    const bool repeated = std::adjacent_find(axes.begin(), axes.end()) != axes.end();
    if (axes.empty() || (axes.front() > 0 && axes.back() < input.rank() && !repeated)) return axes;
    throw ValueError("Normalization expects `axis` to be among the input's axes after the batch axis, each once. Layer "
                     "'{}' received: axis={}, input of shape {}", name(), options_.axis.values(), input);
  }

  // The values with the sizes of the kept axes, aligned to the last of them.
  at::Tensor given(const NestedNumbers& numbers, const Shape& input, const std::vector<int64_t>& axes) const {
    std::vector<int64_t> sizes;
    for (const int64_t axis : axes) sizes.push_back(input.dim(axis));
    const size_t missing = sizes.size() - numbers.shape().size();
    for (size_t i = 0; i < numbers.shape().size(); ++i) {
      const int64_t size = numbers.shape()[i];
      if (size == 1 || size == sizes[i + missing]) continue;
      throw ValueError(
          "Normalization expects `mean` and `variance` of a shape that fits {}, the sizes of axis={}. Layer "
          "'{}' received: shape {} for an input of shape {}",
          Shape(sizes), options_.axis.values(), name(), numbers.shape(), input);
    }
    const auto& values = numbers.values();
    const at::ScalarType type = utils::scalar_type(variable_dtype());
    return at::tensor(at::ArrayRef<double>(values)).to(type).reshape(numbers.shape()).expand(sizes).contiguous();
  }

  // With axes of size 1 where the input has axes that are not kept.
  at::Tensor spread(const at::Tensor& values, const at::Tensor& input) const {
    std::vector<int64_t> sizes(static_cast<size_t>(input.dim()), 1);
    for (const int64_t axis : kept_axes(built_shape_)) sizes[static_cast<size_t>(axis)] = input.size(axis);
    return values.reshape(sizes).to(input.device(), input.scalar_type());
  }

  NormalizationOptions options_;
  at::Tensor mean_;
  at::Tensor variance_;
};

}  // namespace

Rescaling::Rescaling(NestedNumbers scale, RescalingOptions options)
    : Layer(std::make_shared<RescalingImpl>(std::move(scale), std::move(options))) {}
Normalization::Normalization(NormalizationOptions options)
    : Layer(std::make_shared<NormalizationImpl>(std::move(options))) {}

void Normalization::adapt(const Data& data) const {
  const at::Tensor rows = data::to_tensor(data, "data", data::Want::Floats, variable_dtype());
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

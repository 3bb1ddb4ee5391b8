#include <cmath>
#include <tuple>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/var_mean.h>
#include <ATen/ops/where.h>

#include "keraslike/layers/batch_normalization_plan.h"
#include "keraslike/layers/dtype_policy.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/layer_impl.h"
#include "keraslike/layers/normalization.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/epsilon.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

const WeightOptions kStatistic{.trainable = false, .autocast = false};

// LibTorch's module would update its running variance with the unbiased variance, and fixes the rank of its input, so
// the weights are this layer's own; the arithmetic is LibTorch's batch_norm, in float32 at least.
class BatchNormalizationImpl final : public LayerImpl {
 public:
  BatchNormalizationImpl() = default;
  explicit BatchNormalizationImpl(BatchNormalizationOptions options)
      : LayerImpl(layer_arguments(options)), options_(std::move(options)) {
    settle();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("axis", options_.axis);
    field("momentum", options_.momentum);
    field("epsilon", options_.epsilon);
    field("center", options_.center);
    field("scale", options_.scale);
    field("beta_initializer", options_.beta_initializer);
    field("gamma_initializer", options_.gamma_initializer);
    field("moving_mean_initializer", options_.moving_mean_initializer);
    field("moving_variance_initializer", options_.moving_variance_initializer);
    field("beta_regularizer", options_.beta_regularizer);
    field("gamma_regularizer", options_.gamma_regularizer);
    field("beta_constraint", options_.beta_constraint);
    field("gamma_constraint", options_.gamma_constraint);
    field("synchronized", options_.synchronized);
    field("renorm", options_.renorm);
    clipping_field(field);
    field("renorm_momentum", options_.renorm_momentum);
    if (field.is_reading()) settle();
  }

  bool supports_masking() const override { return true; }

  void build(const Shape& input) override {
    const Shape shape{input.dim(options_.axis)};
    if (options_.scale) {
      gamma_ = add_weight("gamma", shape, options_.gamma_initializer,
                          {.regularizer = options_.gamma_regularizer,
                           .constraint = options_.gamma_constraint,
                           .autocast = false});
    }
    if (options_.center) {
      beta_ = add_weight("beta", shape, options_.beta_initializer,
                         {.regularizer = options_.beta_regularizer,
                          .constraint = options_.beta_constraint,
                          .autocast = false});
    }
    moving_mean_ = add_weight("moving_mean", shape, options_.moving_mean_initializer, kStatistic);
    moving_variance_ = add_weight("moving_variance", shape, options_.moving_variance_initializer, kStatistic);
    if (options_.renorm) build_renorm(shape);
  }

  std::vector<std::string> parameters() const override { return {"inputs", "training", "mask"}; }

  at::Tensor call(const at::Tensor& input, const CallOptions& options) override {
    if (options.mask != nullptr) check_mask(input, *options.mask);
    const at::Tensor x = at_least_float32(input).movedim(options_.axis, 1);
    if (!options.training || !trainable()) return normalized(x, gamma_, beta_, moving_mean_, moving_variance_);
    if (options.mask != nullptr) {
      return masked(x, options.mask->unsqueeze(-1).expand_as(input).movedim(options_.axis, 1));
    }
    const Statistics batch = statistics(x);
    const Correction affine = recorded(batch);
    return normalized(x, affine.gamma, affine.beta);
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    const PlanTensor& input = inputs.front();
    const bool is_last = options_.axis == -1 || options_.axis == input.value.dim() - 1;
    const bool use_batch = planner.training() && trainable();
    if (!is_last || (options_.renorm && use_batch)) return planned_by_autograd(*this, planner, inputs);
    return planned_batch_normalization(planner, input,
                                       {.gamma = gamma_,
                                        .beta = beta_,
                                        .moving_mean = moving_mean_,
                                        .moving_variance = moving_variance_,
                                        .momentum = options_.momentum,
                                        .epsilon = options_.epsilon,
                                        .use_batch = use_batch});
  }

  void check_input(const Shape& input) const override {
    expect_min_rank(input, 2);
    const int64_t axis = options_.axis < 0 ? options_.axis + input.rank() : options_.axis;
    if (axis < 1 || axis >= input.rank()) {
      throw ValueError(
          "BatchNormalization expects `axis` to be one of the input's axes after the batch axis. Layer '{}' "
          "received: axis={}, input of shape {}",
          name(), options_.axis, input);
    }
    if (built_) expect_axis(input, axis, built_shape_.dim(options_.axis));
    if (input.dim(axis) < 0) {
      throw ValueError(
          "BatchNormalization needs to know the size of axis {} of its input. Layer '{}' received an input "
          "of shape {}.",
          options_.axis, name(), input);
    }
  }

 private:
  struct Statistics {
    at::Tensor mean;
    at::Tensor variance;
  };

  // What stands in for gamma and beta: (x * r + d) * gamma + beta = x * (r * gamma) + (d * gamma + beta).
  struct Correction {
    at::Tensor gamma;
    at::Tensor beta;
  };

  // Keras writes a dict with `renorm`, null without.
  void clipping_field(Fields& field) {
    std::optional<OrderedMap<std::optional<double>>> clipping;
    if (options_.renorm || !options_.renorm_clipping.empty()) clipping = options_.renorm_clipping;
    field("renorm_clipping", clipping);
    options_.renorm_clipping = clipping.value_or(OrderedMap<std::optional<double>>());
  }

  void build_renorm(const Shape& shape) {
    const Initializer variance = options_.moving_variance_initializer.get();
    const NameOr<Initializer> stddev =
        Initializer([variance](const Shape& sizes, DType dtype) { return variance(sizes, dtype).sqrt(); });
    moving_stddev_ = add_weight("moving_stddev", shape, stddev, kStatistic);
    renorm_mean_ = add_weight("renorm_mean", shape, options_.moving_mean_initializer, kStatistic);
    renorm_stddev_ = add_weight("renorm_stddev", shape, stddev, kStatistic);
  }

  // Checks the arguments and makes objects of names; for the constructor's arguments and a config's alike.
  void settle() {
    if (!(options_.momentum >= 0.0 && options_.momentum <= 1.0)) {
      throw ValueError("BatchNormalization expects `momentum` in the range [0, 1]. Received: momentum={}",
                       options_.momentum);
    }
    if (options_.synchronized) {
      throw ValueError("Argument synchronized=True is only supported with the TensorFlow backend.");
    }
    if (options_.renorm) check_clipping();
    options_.beta_initializer.resolve();
    options_.gamma_initializer.resolve();
    options_.moving_mean_initializer.resolve();
    options_.moving_variance_initializer.resolve();
  }

  void check_clipping() const {
    for (const auto& [key, value] : options_.renorm_clipping) {
      if (key == "rmax" || key == "rmin" || key == "dmax") continue;
      throw ValueError("Received invalid keys for `renorm_clipping` argument: {}. Supported values: rmax, rmin, dmax.",
                       key);
    }
    const auto [rmax, rmin, dmax] = std::tuple(bound("rmax"), bound("rmin"), bound("dmax"));
    if (rmax && rmin && *rmax < *rmin) {
      throw ValueError("rmax should be greater than rmin in the `renorm_clipping` argument. Received: rmax={}, "
                       "rmin={}.", *rmax, *rmin);
    }
    if (dmax && *dmax < 0) {
      throw ValueError("dmax should be non-negative in the `renorm_clipping` argument. Received: dmax={}.", *dmax);
    }
  }

  std::optional<double> bound(const char* key) const {
    const std::optional<double>* value = options_.renorm_clipping.find(key);
    return value == nullptr ? std::nullopt : *value;
  }

  static void check_mask(const at::Tensor& input, const at::Tensor& mask) {
    if (mask.dim() == input.dim() - 1) return;
    throw ValueError("The mask provided should be one dimension less than the inputs. Received: mask.shape={}, "
                     "inputs.shape={}", Shape(mask.sizes().begin(), mask.sizes().end()),
                     Shape(input.sizes().begin(), input.sizes().end()));
  }

  // Takes the statistics into the moving ones, and says what stands in for gamma and beta.
  Correction recorded(const Statistics& batch) {
    if (options_.renorm) {
      const Correction correction = corrected(batch);
      follow_renorm(batch);
      return correction;
    }
    follow(moving_mean_, batch.mean, options_.momentum);
    follow(moving_variance_, batch.variance, options_.momentum);
    return {gamma_, beta_};
  }

  // By the statistics of what the mask lets through, over all of `x`.
  at::Tensor masked(const at::Tensor& x, const at::Tensor& mask) {
    const auto axes = reduced_axes(x);
    const at::Tensor kept = mask.to(at::kBool);
    const at::Tensor count = kept.to(x.scalar_type()).sum(axes, /*keepdim=*/true) + kEpsilon;
    const at::Tensor mean = at::where(kept, x, 0.0).sum(axes, true) / count;
    const at::Tensor variance = at::where(kept, x - mean, 0.0).square().sum(axes, true) / count;
    const Correction affine = recorded({mean.detach().flatten(), variance.detach().flatten()});
    at::Tensor scale = (variance + options_.epsilon).rsqrt();
    if (affine.gamma.defined()) scale = scale * affine.gamma.reshape(mean.sizes());
    const at::Tensor output = (x - mean) * scale;
    return (affine.beta.defined() ? output + affine.beta.reshape(mean.sizes()) : output).movedim(1, options_.axis);
  }

  static std::vector<int64_t> reduced_axes(const at::Tensor& x) {
    std::vector<int64_t> axes{0};
    for (int64_t axis = 2; axis < x.dim(); ++axis) axes.push_back(axis);
    return axes;
  }

  // Without statistics it takes those of the batch.
  at::Tensor normalized(const at::Tensor& x, const at::Tensor& gamma, const at::Tensor& beta,
                        const at::Tensor& mean = {}, const at::Tensor& variance = {}) const {
    const bool use_batch = !mean.defined();
    return at::batch_norm(x, gamma, beta, mean, variance, use_batch, /*momentum=*/0.0, options_.epsilon,
                          /*cudnn_enabled=*/true)
        .movedim(1, options_.axis);
  }

  static Statistics statistics(const at::Tensor& x) {
    const at::NoGradGuard no_grad;
    const auto axes = reduced_axes(x);
    const auto [variance, mean] = at::var_mean(x, at::IntArrayRef(axes), /*unbiased=*/false);
    return {mean, variance};
  }

  // r and d are constants to the gradient.
  Correction corrected(const Statistics& batch) const {
    const at::Tensor known = renorm_stddev_.clamp_min(std::sqrt(options_.epsilon));
    at::Tensor r = (batch.variance + options_.epsilon).sqrt() / known;
    at::Tensor d = (batch.mean - renorm_mean_) / known;
    if (const auto rmin = bound("rmin")) r = r.clamp_min(*rmin);
    if (const auto rmax = bound("rmax")) r = r.clamp_max(*rmax);
    if (const auto dmax = bound("dmax")) d = at::clamp(d, -*dmax, *dmax);
    const at::Tensor gamma = gamma_.defined() ? r * gamma_ : r;
    const at::Tensor shift = gamma_.defined() ? d * gamma_ : d;
    return {gamma, beta_.defined() ? shift + beta_ : shift};
  }

  void follow_renorm(const Statistics& batch) {
    const at::NoGradGuard no_grad;
    const at::Tensor stddev = (batch.variance + options_.epsilon).sqrt();
    follow(renorm_mean_, batch.mean, options_.renorm_momentum);
    follow(renorm_stddev_, stddev, options_.renorm_momentum);
    follow(moving_mean_, batch.mean, options_.momentum);
    follow(moving_stddev_, stddev, options_.momentum);
    moving_variance_.copy_((moving_stddev_ * moving_stddev_ - options_.epsilon).clamp_min(0.0));
  }

  BatchNormalizationOptions options_;
  at::Tensor gamma_;
  at::Tensor beta_;
  at::Tensor moving_mean_;
  at::Tensor moving_variance_;
  at::Tensor moving_stddev_;  // the rest with `renorm` alone
  at::Tensor renorm_mean_;
  at::Tensor renorm_stddev_;
};

}  // namespace

BatchNormalization::BatchNormalization(BatchNormalizationOptions options)
    : Layer(std::make_shared<BatchNormalizationImpl>(std::move(options))) {}

void register_batch_normalization(Registry<LayerImpl>& layers) {
  layers.add<BatchNormalizationImpl>("BatchNormalization");
}

}  // namespace keraslike::layers

#include "keraslike/layers/normalization.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/var_mean.h>

#include "keraslike/layers/families.h"
#include "keraslike/layers/layer_impl.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

// LibTorch's module would update its running variance with the unbiased variance, and fixes the rank of its input, so
// the weights are this layer's own; the arithmetic is LibTorch's batch_norm.
class BatchNormalizationImpl final : public LayerImpl {
 public:
  BatchNormalizationImpl() = default;
  explicit BatchNormalizationImpl(BatchNormalizationOptions options)
      : LayerImpl({options.name, options.trainable, options.input_shape}), options_(std::move(options)) {
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
    unavailable_fields(field);
    if (field.is_reading()) settle();
  }

  void build(const Shape& input) override {
    const Shape shape{input.dim(options_.axis)};
    if (options_.scale) {
      gamma_ = add_weight("gamma", shape, options_.gamma_initializer,
                          {.regularizer = options_.gamma_regularizer, .constraint = options_.gamma_constraint});
    }
    if (options_.center) {
      beta_ = add_weight("beta", shape, options_.beta_initializer,
                         {.regularizer = options_.beta_regularizer, .constraint = options_.beta_constraint});
    }
    moving_mean_ = add_weight("moving_mean", shape, options_.moving_mean_initializer, {.trainable = false});
    moving_variance_ = add_weight("moving_variance", shape, options_.moving_variance_initializer, {.trainable = false});
  }

  at::Tensor call(const at::Tensor& input, const CallOptions& options) override {
    const bool use_batch = options.training && trainable();
    const at::Tensor x = input.movedim(options_.axis, 1);
    if (use_batch) follow(x);
    const at::Tensor mean = use_batch ? at::Tensor() : moving_mean_;
    const at::Tensor variance = use_batch ? at::Tensor() : moving_variance_;
    const at::Tensor output = at::batch_norm(x, gamma_, beta_, mean, variance, use_batch, /*momentum=*/0.0,
                                             options_.epsilon, /*cudnn_enabled=*/true);
    return output.movedim(1, options_.axis);
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
  // Keras' defaults for what is not here yet; a config that asks for more is refused.
  void unavailable_fields(Fields& field) const {
    bool synchronized = false;
    bool renorm = false;
    std::optional<double> renorm_clipping;
    double renorm_momentum = 0.99;
    field("synchronized", synchronized);
    field("renorm", renorm);
    if (synchronized || renorm) {
      throw ValueError("BatchNormalization has neither `synchronized` nor `renorm` yet. Layer '{}' received: "
                       "synchronized={}, renorm={}", name(), synchronized, renorm);
    }
    field("renorm_clipping", renorm_clipping);
    field("renorm_momentum", renorm_momentum);
  }

  // Checks the arguments and makes objects of names; for the constructor's arguments and a config's alike.
  void settle() {
    if (!(options_.momentum >= 0.0 && options_.momentum <= 1.0)) {
      throw ValueError("BatchNormalization expects `momentum` in the range [0, 1]. Received: momentum={}",
                       options_.momentum);
    }
    options_.beta_initializer.resolve();
    options_.gamma_initializer.resolve();
    options_.moving_mean_initializer.resolve();
    options_.moving_variance_initializer.resolve();
  }

  void follow(const at::Tensor& x) {
    const at::NoGradGuard no_grad;
    std::vector<int64_t> axes{0};
    for (int64_t axis = 2; axis < x.dim(); ++axis) axes.push_back(axis);
    const auto [variance, mean] = at::var_mean(x, at::IntArrayRef(axes), /*unbiased=*/false);
    const double rest = 1.0 - options_.momentum;
    moving_mean_.mul_(options_.momentum).add_(mean, rest);
    moving_variance_.mul_(options_.momentum).add_(variance, rest);
  }

  BatchNormalizationOptions options_;
  at::Tensor gamma_;
  at::Tensor beta_;
  at::Tensor moving_mean_;
  at::Tensor moving_variance_;
};

}  // namespace

BatchNormalization::BatchNormalization(BatchNormalizationOptions options)
    : Layer(std::make_shared<BatchNormalizationImpl>(std::move(options))) {}

void register_normalization(Registry<LayerImpl>& layers) { layers.add<BatchNormalizationImpl>("BatchNormalization"); }

}  // namespace keraslike::layers

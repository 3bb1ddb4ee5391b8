#include "keraslike/layers/regularization.h"

#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/rand.h>

#include "keraslike/layers/data_format.h"
#include "keraslike/layers/dropped.h"
#include "keraslike/layers/dtype_policy.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/layer_impl.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/regularizers/regularizers.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/draws.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/random.h"

namespace keraslike::layers {

namespace {

// A layer that draws in training, by a rate or a standard deviation.
class NoiseImpl : public LayerImpl {
 public:
  bool supports_masking() const override { return true; }

  at::Tensor call(const at::Tensor& input, const CallOptions& options) override {
    return options.training && rate_ > 0.0 ? noisy(input) : input;
  }

  // Without training all of these layers do nothing.
  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    if (planner.training() && rate_ > 0.0) return for_any_call(planned_noise(planner, inputs.front()));
    return PlannedLayer{inputs, nullptr, /*fits_any_call=*/true};
  }

 protected:
  NoiseImpl() = default;
  NoiseImpl(LayerArguments arguments, double rate, std::optional<int64_t> seed)
      : LayerImpl(std::move(arguments)), rate_(rate), seed_(seed) {}

  virtual at::Tensor noisy(const at::Tensor& input) = 0;
  virtual PlannedLayer planned_noise(const StepPlanner& planner, const PlanTensor& input) {
    return planned_by_autograd(*this, planner, {input});
  }

  // For the constructor's arguments and a config's alike. Keras draws a seed here, whether or not it is used.
  void settle(const char* argument) {
    if (!(rate_ >= 0.0 && rate_ <= 1.0)) {
      throw ValueError("Invalid value received for argument `{}`. Expected a float value between 0 and 1. "
                       "Received: {}={}", argument, argument, rate_);
    }
    seeds_.reset();
    if (rate_ > 0.0) seeds_.emplace(seed_);
  }

  at::Generator next_generator() { return utils::generator_for(seeds_->next()); }

  // How the CPU draws for what is then moved to the input's device.
  static at::TensorOptions drawn_like(const at::Tensor& input) {
    return input.options().device(at::kCPU).requires_grad(false);
  }

  at::Tensor normal_like(const at::Tensor& input, double mean, double stddev) {
    const at::Tensor drawn = at::empty(input.sizes(), drawn_like(input)).normal_(mean, stddev, next_generator());
    return drawn.to(input.device());
  }

  at::Tensor dropped(const at::Tensor& input, std::optional<at::IntArrayRef> noise_shape) {
    return layers::dropped(input, rate_, noise_shape, *seeds_);
  }

  // Where the noise of a whole rate would be infinite.
  void refuse_whole_rate() const {
    if (rate_ < 1.0) return;
    throw ValueError("{} can not train with `rate` of 1, which leaves nothing. Layer '{}' received: rate={}",
                     class_name(), name(), rate_);
  }

  double rate_ = 0.0;
  std::optional<int64_t> seed_;

 private:
  std::optional<utils::SeedGenerator> seeds_;
};

// One that may share its noise along axes.
class ShapedNoiseImpl : public NoiseImpl {
 public:
  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("rate", rate_);
    field("seed", seed_);
    field("noise_shape", noise_shape_);
    if (field.is_reading()) settle_shape();
  }

  void check_input(const Shape& input) const override {
    if (!noise_shape_ || noise_shape_->rank() == input.rank()) return;
    throw ValueError("Argument `noise_shape` of layer '{}' must have as many sizes as the input has axes. "
                     "Received: noise_shape={}, input of shape {}", name(), *noise_shape_, input);
  }

 protected:
  ShapedNoiseImpl() = default;
  template <class Options>
  ShapedNoiseImpl(double rate, Options options)
      : NoiseImpl(layer_arguments(options), rate, options.seed),
        noise_shape_(std::move(options.noise_shape)) {
    settle_shape();
  }

  std::vector<int64_t> noise_shape_for(const at::Tensor& input) const {
    std::vector<int64_t> shape = input.sizes().vec();
    if (!noise_shape_) return shape;
    for (size_t i = 0; i < shape.size(); ++i) {
      if ((*noise_shape_)[i] >= 0) shape[i] = (*noise_shape_)[i];
    }
    return shape;
  }

  std::optional<Shape> noise_shape_;

 private:
  void settle_shape() {
    settle("rate");
    for (size_t i = 0; noise_shape_ && i < noise_shape_->size(); ++i) {
      const int64_t size = (*noise_shape_)[i];
      if (size > 0 || size == none) continue;
      throw ValueError("Invalid value received for argument `noise_shape`. Expected all dimensions to be positive "
                       "integers or None. Received negative or zero value at index {}: {}", i, size);
    }
  }
};

class DropoutImpl final : public ShapedNoiseImpl {
 public:
  DropoutImpl() = default;
  DropoutImpl(double rate, DropoutOptions options) : ShapedNoiseImpl(rate, std::move(options)) {}

 protected:
  at::Tensor noisy(const at::Tensor& input) override {
    if (!noise_shape_) return dropped(input, std::nullopt);
    return dropped(input, noise_shape_for(input));
  }

  // Draws what `noisy` draws.
  PlannedLayer planned_noise(const StepPlanner& planner, const PlanTensor& input) override {
    if (rate_ == 1.0 || seed_ || noise_shape_) return planned_by_autograd(*this, planner, {input});
    PlanTensor output = planner.output(input.value.sizes(), {input});
    const at::Tensor noise = planner.buffer(input.value.sizes());
    const double keep = 1.0 - rate_;
    const auto forward = [input, output, noise, keep]() mutable {
      noise.bernoulli_(keep).div_(keep);
      at::mul_out(output.value, input.value, noise);
    };
    const auto backward = [input = PlanTensor(input), output, noise]() mutable {
      if (input.gradient.defined()) at::mul_out(input.gradient, output.gradient, noise);
    };
    return PlannedLayer{{output}, planned_step(forward, backward)};
  }
};

class AlphaDropoutImpl final : public ShapedNoiseImpl {
 public:
  AlphaDropoutImpl() = default;
  AlphaDropoutImpl(double rate, AlphaDropoutOptions options) : ShapedNoiseImpl(rate, std::move(options)) {}

 protected:
  at::Tensor noisy(const at::Tensor& input) override {
    refuse_whole_rate();
    constexpr double kLeast = -1.6732632423543772 * 1.0507009873554805;  // what "selu" tends to
    const at::Tensor drawn = at::rand(noise_shape_for(input), next_generator(), drawn_like(input));
    const at::Tensor kept = drawn.ge(rate_).to(input.device(), input.scalar_type());
    const double a = 1.0 / std::sqrt((1.0 - rate_) * (1.0 + rate_ * kLeast * kLeast));
    return (input * kept + (1.0 - kept) * kLeast) * a - a * kLeast * rate_;
  }
};

template <std::size_t N>
class SpatialDropoutImpl final : public NoiseImpl {
 public:
  SpatialDropoutImpl() = default;
  SpatialDropoutImpl(double rate, SpatialDropoutOptions<N> options)
      : NoiseImpl(layer_arguments(options), rate, options.seed) {
    if constexpr (N > 1) data_format_ = checked_data_format(options.data_format);
    settle("rate");
  }

  // In Keras' order, and without the `trainable` that its constructor does not take.
  void fields(Fields& field) override {
    field("rate", rate_);
    field("seed", seed_);
    std::string name = this->name();
    field("name", name);
    DTypePolicy policy = dtype_policy();
    dtype_name_field(field, policy);
    if constexpr (N > 1) field("data_format", data_format_);
    if (!field.is_reading()) return;
    set_name(name);
    set_dtype_policy(policy);
    data_format_ = checked_data_format(data_format_);
    settle("rate");
  }

  void check_input(const Shape& input) const override { expect_rank(input, N + 2); }

 protected:
  at::Tensor noisy(const at::Tensor& input) override {
    const auto sizes = input.sizes();
    const Shape shape(sizes.begin(), sizes.end());
    return dropped(input, with_spatial_sizes(shape[0], std::vector<int64_t>(N, 1),
                                             shape.dim(channel_axis(shape, data_format_)), data_format_));
  }

 private:
  std::string data_format_ = kChannelsLast;
};

class GaussianNoiseImpl final : public NoiseImpl {
 public:
  GaussianNoiseImpl() = default;
  GaussianNoiseImpl(double stddev, const GaussianNoiseOptions& options)
      : NoiseImpl(layer_arguments(options), stddev, options.seed) {
    settle("stddev");
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("stddev", rate_);
    field("seed", seed_);
    if (field.is_reading()) settle("stddev");
  }

 protected:
  at::Tensor noisy(const at::Tensor& input) override { return input + normal_like(input, 0.0, rate_); }
};

class GaussianDropoutImpl final : public NoiseImpl {
 public:
  GaussianDropoutImpl() = default;
  GaussianDropoutImpl(double rate, const GaussianDropoutOptions& options)
      : NoiseImpl(layer_arguments(options), rate, options.seed) {
    settle("rate");
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("rate", rate_);
    field("seed", seed_);
    if (field.is_reading()) settle("rate");
  }

 protected:
  at::Tensor noisy(const at::Tensor& input) override {
    refuse_whole_rate();
    return input * normal_like(input, 1.0, std::sqrt(rate_ / (1.0 - rate_)));
  }
};

class ActivityRegularizationImpl final : public LayerImpl {
 public:
  ActivityRegularizationImpl() = default;
  explicit ActivityRegularizationImpl(const ActivityRegularizationOptions& options)
      : LayerImpl(layer_arguments(options)), l1_(options.l1), l2_(options.l2) {
    settle();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("l1", l1_);
    field("l2", l2_);
    if (field.is_reading()) settle();
  }

  bool supports_masking() const override { return true; }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override { return input; }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors&) override {
    return planned_by_autograd(*this, planner);
  }

 private:
  void settle() { activity_regularizer() = regularizers::L1L2({.l1 = l1_, .l2 = l2_}); }

  double l1_ = 0.0;
  double l2_ = 0.0;
};

}  // namespace

Dropout::Dropout(double rate, DropoutOptions options)
    : Layer(std::make_shared<DropoutImpl>(rate, std::move(options))) {}
template <std::size_t N>
SpatialDropout<N>::SpatialDropout(double rate, SpatialDropoutOptions<N> options)
    : Layer(std::make_shared<SpatialDropoutImpl<N>>(rate, std::move(options))) {}
GaussianNoise::GaussianNoise(double stddev, GaussianNoiseOptions options)
    : Layer(std::make_shared<GaussianNoiseImpl>(stddev, options)) {}
GaussianDropout::GaussianDropout(double rate, GaussianDropoutOptions options)
    : Layer(std::make_shared<GaussianDropoutImpl>(rate, options)) {}
AlphaDropout::AlphaDropout(double rate, AlphaDropoutOptions options)
    : Layer(std::make_shared<AlphaDropoutImpl>(rate, std::move(options))) {}
ActivityRegularization::ActivityRegularization(ActivityRegularizationOptions options)
    : Layer(std::make_shared<ActivityRegularizationImpl>(options)) {}

template class SpatialDropout<1>;
template class SpatialDropout<2>;
template class SpatialDropout<3>;

void register_regularization(Registry<LayerImpl>& layers) {
  layers.add<DropoutImpl>("Dropout");
  layers.add<SpatialDropoutImpl<1>>("SpatialDropout1D");
  layers.add<SpatialDropoutImpl<2>>("SpatialDropout2D");
  layers.add<SpatialDropoutImpl<3>>("SpatialDropout3D");
  layers.add<GaussianNoiseImpl>("GaussianNoise");
  layers.add<GaussianDropoutImpl>("GaussianDropout");
  layers.add<AlphaDropoutImpl>("AlphaDropout");
  layers.add<ActivityRegularizationImpl>("ActivityRegularization");
}

}  // namespace keraslike::layers

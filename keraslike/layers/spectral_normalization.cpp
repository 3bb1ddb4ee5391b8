#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include "keraslike/initializers/initializers.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/normalization.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

at::Tensor of_length_one(const at::Tensor& vector) {
  constexpr double kGreatest = 1e7;  // 1 / keras.config.epsilon()
  return vector * vector.square().sum().rsqrt().clamp_max(kGreatest);
}

class SpectralNormalizationImpl final : public LayerImpl {
 public:
  SpectralNormalizationImpl() = default;
  SpectralNormalizationImpl(Layer layer, const SpectralNormalizationOptions& options)
      : LayerImpl(layer_arguments(options)),
        layer_(std::move(layer)),
        power_iterations_(options.power_iterations) {
    settle();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("layer", layer_);
    field("power_iterations", power_iterations_);
    if (field.is_reading()) settle();
  }

  // Files hold the kernel twice, as Keras' do: here and with its layer.
  void build(const Shape& input) override {
    layer_->build(input);
    for (const WeightPtr& weight : (*layer_)->own_weights()) {
      if (weight->name == "kernel" || weight->name == "embeddings") kernel_ = weight;
    }
    if (!kernel_ || kernel_->lora) {
      throw ValueError("{} object has no attribute 'kernel' nor 'embeddings' that could be normalized.",
                       layer_->class_name());
    }
    share_weight(kernel_);
    vector_u_ = add_weight("vector_u", {1, kernel_->shape.back()}, initializers::TruncatedNormal({.stddev = 0.02}),
                           {.trainable = false, .autocast = false});
  }

  at::Tensor call(const at::Tensor& input, const CallOptions& options) override {
    if (options.training) normalize();
    kernel_->cast();
    return (*layer_)->run(input, options).to(input.scalar_type());
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors&) override {
    return planned_by_autograd(*this, planner);
  }

  Shape output_shape(const Shape& input) const override { return layer_->compute_output_shape(input); }

  void check_input(const Shape& input) const override {
    expect_min_rank(input, 1);
    // Numbers for an Embedding may have no axis but the open one of the rows.
    if (built_ && built_shape_.rank() > 1) expect_axis(input, -1, built_shape_.dim(-1));
  }

  std::vector<Layer> sublayers() const override {
    return layer_ ? std::vector<Layer>{*layer_} : std::vector<Layer>();
  }
  std::vector<std::pair<std::string, Layer>> saved_parts() const override {
    return layer_ ? std::vector<std::pair<std::string, Layer>>{{"layer", *layer_}}
                  : std::vector<std::pair<std::string, Layer>>();
  }

 private:
  void settle() {
    if (power_iterations_ <= 0) {
      throw ValueError("`power_iterations` should be greater than zero. Received: `power_iterations={}`",
                       power_iterations_);
    }
    if (!layer_) throw ValueError("SpectralNormalization expects a `layer` to wrap. Received: none");
    register_module("layer", layer_.resolve().impl());
  }

  // A kernel of zeros stays one.
  void normalize() {
    const at::NoGradGuard no_grad;
    const at::Tensor kernel = kernel_->in_keras_shape();
    if (kernel.eq(0).all().item<bool>()) return;
    const at::Tensor weights = kernel.reshape({-1, kernel.size(-1)});
    at::Tensor u = vector_u_;
    at::Tensor v;
    for (int64_t i = 0; i < power_iterations_; ++i) {
      v = of_length_one(u.matmul(weights.t()));
      u = of_length_one(v.matmul(weights));
    }
    const at::Tensor sigma = v.matmul(weights).matmul(u.t());
    vector_u_.copy_(u);
    kernel.div_(sigma.squeeze());
  }

  NameOr<Layer> layer_ = none;
  int64_t power_iterations_ = 1;
  WeightPtr kernel_;
  at::Tensor vector_u_;
};

}  // namespace

SpectralNormalization::SpectralNormalization(Layer layer, SpectralNormalizationOptions options)
    : Layer(std::make_shared<SpectralNormalizationImpl>(std::move(layer), options)) {}

void register_spectral_normalization(Registry<LayerImpl>& layers) {
  layers.add<SpectralNormalizationImpl>("SpectralNormalization");
}

}  // namespace keraslike::layers

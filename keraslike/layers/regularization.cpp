#include "keraslike/layers/regularization.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/bernoulli.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/full.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include "keraslike/layers/families.h"
#include "keraslike/layers/layer_impl.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/draws.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/random.h"

namespace keraslike::layers {

namespace {

class DropoutImpl final : public LayerImpl {
 public:
  DropoutImpl() = default;
  DropoutImpl(double rate, DropoutOptions options)
      : LayerImpl({options.name, options.trainable, options.input_shape}), rate_(rate), options_(std::move(options)) {
    if (!(rate_ >= 0.0 && rate_ <= 1.0)) {
      throw ValueError("Invalid value received for argument `rate`. Expected a float value between 0 and 1. "
                       "Received: rate={}", rate_);
    }
    if (rate_ > 0.0) seeds_.emplace(options_.seed);  // Keras draws a seed for it here, used or not
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("rate", rate_);
    field("seed", options_.seed);
    field("noise_shape", options_.noise_shape);
    if (field.is_reading() && rate_ > 0.0) seeds_.emplace(options_.seed);
  }

  // Without a seed Keras' torch backend draws from LibTorch's default generator, by LibTorch's own dropout.
  at::Tensor call(const at::Tensor& input, const CallOptions& options) override {
    if (!options.training || rate_ == 0.0) return input;
    if (rate_ == 1.0) return at::zeros_like(input);
    if (!options_.seed && !options_.noise_shape) return at::dropout(input, rate_, /*train=*/true);
    const double keep = 1.0 - rate_;
    const auto generator = utils::generator_for(seeds_->next(), input.device());
    const at::Tensor chances = at::full(noise_shape_for(input), keep, input.options().dtype(at::kFloat));
    const at::Tensor kept = at::bernoulli(chances, generator).to(at::kBool).expand(input.sizes());
    return at::where(kept, input / keep, at::zeros_like(input));
  }

  void check_input(const Shape& input) const override {
    if (!options_.noise_shape || options_.noise_shape->rank() == input.rank()) return;
    throw ValueError("Argument `noise_shape` of layer '{}' must have as many sizes as the input has axes. "
                     "Received: noise_shape={}, input of shape {}", name(), *options_.noise_shape, input);
  }

 private:
  std::vector<int64_t> noise_shape_for(const at::Tensor& input) const {
    std::vector<int64_t> shape = input.sizes().vec();
    if (!options_.noise_shape) return shape;
    for (size_t i = 0; i < shape.size(); ++i) {
      if ((*options_.noise_shape)[i] >= 0) shape[i] = (*options_.noise_shape)[i];
    }
    return shape;
  }

  double rate_ = 0.0;
  DropoutOptions options_;
  std::optional<utils::SeedGenerator> seeds_;
};

}  // namespace

Dropout::Dropout(double rate, DropoutOptions options)
    : Layer(std::make_shared<DropoutImpl>(rate, std::move(options))) {}

void register_regularization(Registry<LayerImpl>& layers) { layers.add<DropoutImpl>("Dropout"); }

}  // namespace keraslike::layers

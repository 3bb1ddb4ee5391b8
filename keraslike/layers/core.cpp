#include "keraslike/layers/core.h"

#include <torch/nn/modules/linear.h>

#include "keraslike/layers/families.h"
#include "keraslike/layers/layer_impl.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

class DenseImpl final : public LayerImpl {
 public:
  DenseImpl() = default;
  DenseImpl(int64_t units, DenseOptions options)
      : LayerImpl({options.name, options.trainable, options.input_shape, options.activity_regularizer}),
        units_(units),
        options_(std::move(options)) {
    settle();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("units", units_);
    field("activation", options_.activation);
    field("use_bias", options_.use_bias);
    field("kernel_initializer", options_.kernel_initializer);
    field("bias_initializer", options_.bias_initializer);
    field("kernel_regularizer", options_.kernel_regularizer);
    field("bias_regularizer", options_.bias_regularizer);
    if (field.is_reading() || activity_regularizer()) field("activity_regularizer", activity_regularizer());
    field("kernel_constraint", options_.kernel_constraint);
    field("bias_constraint", options_.bias_constraint);
    if (field.is_reading()) settle();
  }

  void build(const Shape& input_shape) override {
    const int64_t features = input_shape.dim(-1);
    linear_ = own<torch::nn::Linear>("linear", torch::nn::LinearOptions(features, units_).bias(options_.use_bias));
    add_weight("kernel", {features, units_}, options_.kernel_initializer,
               {.regularizer = options_.kernel_regularizer,
                .constraint = options_.kernel_constraint,
                .stored = {1, 0},
                .tensor = linear_->weight});
    if (!options_.use_bias) return;
    add_weight("bias", {units_}, options_.bias_initializer,
               {.regularizer = options_.bias_regularizer,
                .constraint = options_.bias_constraint,
                .tensor = linear_->bias});
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    return (*options_.activation)(linear_->forward(input));
  }

  Shape output_shape(const Shape& input_shape) const override {
    Shape output = input_shape;
    output.back() = units_;
    return output;
  }

  void check_input(const Shape& input_shape) const override {
    expect_min_rank(input_shape, 2);
    if (built_) expect_axis(input_shape, -1, built_shape_.dim(-1));
    if (!built_ && input_shape.dim(-1) < 0) {
      throw ValueError("Dense needs to know the last dimension of its input. Layer '{}' received an input of shape {}.",
                       name(), input_shape);
    }
  }

 private:
  // Checks the arguments and makes objects of names; for the constructor's arguments and a config's alike.
  void settle() {
    if (units_ <= 0) {
      throw ValueError("Received an invalid value for `units`, expected a positive integer. Received: units={}",
                       units_);
    }
    if (!options_.activation) options_.activation = "linear";
    options_.activation.resolve();
    options_.kernel_initializer.resolve();
    options_.bias_initializer.resolve();
  }

  int64_t units_ = 0;
  DenseOptions options_;
  torch::nn::Linear linear_{nullptr};
};

DenseOptions with_activation(NameOr<activations::Activation> activation) {
  DenseOptions options;
  options.activation = std::move(activation);
  return options;
}

}  // namespace

Dense::Dense(int64_t units, DenseOptions options) : Layer(std::make_shared<DenseImpl>(units, std::move(options))) {}
Dense::Dense(int64_t units, NameOr<activations::Activation> activation)
    : Dense(units, with_activation(std::move(activation))) {}

void register_core(Registry<LayerImpl>& layers) { layers.add<DenseImpl>("Dense"); }

}  // namespace keraslike::layers

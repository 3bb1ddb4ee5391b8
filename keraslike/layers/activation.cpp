#include "keraslike/layers/activation.h"

#include "keraslike/activations/activations.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/layer_impl.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

template <class Options>
LayerArguments arguments_of(const Options& options) {
  return {options.name, options.trainable, options.input_shape};
}

class ActivationImpl final : public LayerImpl {
 public:
  ActivationImpl() = default;
  ActivationImpl(NameOr<activations::Activation> activation, const ActivationOptions& options)
      : LayerImpl(arguments_of(options)), activation_(std::move(activation)) {
    if (!activation_) activation_ = "linear";
    activation_.resolve();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("activation", activation_);
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override { return activation_.resolve()(input); }

 private:
  NameOr<activations::Activation> activation_ = "linear";
};

class ReLUImpl final : public LayerImpl {
 public:
  ReLUImpl() = default;
  explicit ReLUImpl(ReLUOptions options) : LayerImpl(arguments_of(options)), options_(std::move(options)) {
    check("negative_slope", options_.negative_slope);
    check("threshold", options_.threshold);
    if (options_.max_value) check("max_value", *options_.max_value);
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("max_value", options_.max_value);
    field("negative_slope", options_.negative_slope);
    field("threshold", options_.threshold);
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    return activations::Relu({.negative_slope = options_.negative_slope,
                              .max_value = options_.max_value,
                              .threshold = options_.threshold})(input);
  }

 private:
  static void check(const char* name, double value) {
    if (value >= 0.0) return;
    throw ValueError("{} of a ReLU layer cannot be a negative value. Received: {}={}", name, name, value);
  }

  ReLUOptions options_;
};

class LeakyReLUImpl final : public LayerImpl {
 public:
  LeakyReLUImpl() = default;
  explicit LeakyReLUImpl(LeakyReLUOptions options) : LayerImpl(arguments_of(options)), options_(std::move(options)) {}

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("negative_slope", options_.negative_slope);
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    return activations::LeakyRelu({.negative_slope = options_.negative_slope})(input);
  }

 private:
  LeakyReLUOptions options_;
};

class ELUImpl final : public LayerImpl {
 public:
  ELUImpl() = default;
  explicit ELUImpl(ELUOptions options) : LayerImpl(arguments_of(options)), options_(std::move(options)) {}

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("alpha", options_.alpha);
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    return activations::Elu({.alpha = options_.alpha})(input);
  }

 private:
  ELUOptions options_;
};

class SoftmaxImpl final : public LayerImpl {
 public:
  SoftmaxImpl() = default;
  explicit SoftmaxImpl(SoftmaxOptions options) : LayerImpl(arguments_of(options)), options_(std::move(options)) {}

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("axis", options_.axis);
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    return activations::Softmax({.axis = options_.axis})(input);
  }

 private:
  SoftmaxOptions options_;
};

}  // namespace

Activation::Activation(NameOr<activations::Activation> activation, ActivationOptions options)
    : Layer(std::make_shared<ActivationImpl>(std::move(activation), options)) {}
ReLU::ReLU(ReLUOptions options) : Layer(std::make_shared<ReLUImpl>(std::move(options))) {}
LeakyReLU::LeakyReLU(LeakyReLUOptions options) : Layer(std::make_shared<LeakyReLUImpl>(std::move(options))) {}
LeakyReLU::LeakyReLU(double negative_slope) : LeakyReLU(LeakyReLUOptions{.negative_slope = negative_slope}) {}
ELU::ELU(ELUOptions options) : Layer(std::make_shared<ELUImpl>(std::move(options))) {}
ELU::ELU(double alpha) : ELU(ELUOptions{.alpha = alpha}) {}
Softmax::Softmax(SoftmaxOptions options) : Layer(std::make_shared<SoftmaxImpl>(std::move(options))) {}

void register_activation(Registry<LayerImpl>& layers) {
  layers.add<ActivationImpl>("Activation");
  layers.add<ReLUImpl>("ReLU");
  layers.add<LeakyReLUImpl>("LeakyReLU");
  layers.add<ELUImpl>("ELU");
  layers.add<SoftmaxImpl>("Softmax");
}

}  // namespace keraslike::layers

#include <ATen/core/Tensor.h>

#include "keraslike/layers/convolution.h"
#include "keraslike/layers/convolution_impl.h"
#include "keraslike/layers/convolution_plan.h"
#include "keraslike/layers/depthwise_plan.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/planned_steps.h"

namespace keraslike::layers {

namespace {

// LibTorch's modules hold the kernel as (channels * depth_multiplier, 1, spatial...), from which no view leads to
// Keras' shape and back; so these layers hold (channels, depth_multiplier, spatial...), and this is how to see it.
at::Tensor convolve_depthwise(const at::Tensor& input, const at::Tensor& kernel, const at::Tensor& bias,
                              const std::vector<Window>& windows, const std::string& padding) {
  return convolve(input, kernel.flatten(0, 1).unsqueeze(1), bias, windows, padding, /*groups=*/kernel.size(0));
}

template <std::size_t N>
class DepthwiseConvImpl final : public ConvolutionImpl<N, DepthwiseConvOptions<N>> {
  using Base = ConvolutionImpl<N, DepthwiseConvOptions<N>>;
  using Base::kernel_size_;
  using Base::options_;

 public:
  DepthwiseConvImpl() = default;
  DepthwiseConvImpl(Extent<N> kernel_size, DepthwiseConvOptions<N> options) : Base(kernel_size, std::move(options)) {
    settle();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("depth_multiplier", options_.depth_multiplier);
    field("kernel_size", kernel_size_);
    field("strides", options_.strides);
    field("padding", options_.padding);
    field("data_format", options_.data_format);
    field("dilation_rate", options_.dilation_rate);
    field("activation", options_.activation);
    field("use_bias", options_.use_bias);
    field("depthwise_initializer", options_.depthwise_initializer);
    field("bias_initializer", options_.bias_initializer);
    field("depthwise_regularizer", options_.depthwise_regularizer);
    field("bias_regularizer", options_.bias_regularizer);
    field("activity_regularizer", this->activity_regularizer());
    field("depthwise_constraint", options_.depthwise_constraint);
    field("bias_constraint", options_.bias_constraint);
    if (field.is_reading()) settle();
  }

  void build(const Shape& input) override {
    const int64_t channels = this->channels_of(input);
    kernel_ = this->add_weight("kernel", this->kernel_shape(channels, options_.depth_multiplier),
                               options_.depthwise_initializer,
                               {.regularizer = options_.depthwise_regularizer,
                                .constraint = options_.depthwise_constraint,
                                .stored = this->kernel_axes(Base::kInputs, Base::kOutputs)});
    bias_ = this->add_bias(channels * options_.depth_multiplier);
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    return this->activated(convolve_depthwise(to_channels_first(input, this->format()), kernel_, bias_,
                                              this->windows(), options_.padding));
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    auto planned = options_.depth_multiplier > 1 || is_channels_first(this->format())
                       ? std::nullopt
                       : planned_by_sums(planner, inputs.front());
    return planned ? std::move(planned) : planned_by_autograd(*this, planner, inputs);
  }

  Shape output_shape(const Shape& input) const override {
    return this->output_shape_with(input, this->channels_of(input) * options_.depth_multiplier);
  }

 private:
  std::optional<PlannedLayer> planned_by_sums(const StepPlanner& planner, const PlanTensor& input) const {
    const Shape output = output_shape(input.shape());
    const auto form = convolution_form(input.shape(), output, this->windows(), options_.padding, output.dim(-1));
    return planned_depthwise_convolution(planner, input, output, form, {kernel_, bias_, *options_.activation});
  }

  // Checks the arguments and makes objects of names; for the constructor's arguments and a config's alike.
  void settle() {
    this->settle_window({"valid", "same"});
    check_positive("depth_multiplier", options_.depth_multiplier);
    options_.depthwise_initializer.resolve();
    options_.bias_initializer.resolve();
  }

  at::Tensor kernel_;
  at::Tensor bias_;
};

template <std::size_t N>
class SeparableConvImpl final : public ConvolutionImpl<N, SeparableConvOptions<N>> {
  using Base = ConvolutionImpl<N, SeparableConvOptions<N>>;
  using Base::kernel_size_;
  using Base::options_;

 public:
  SeparableConvImpl() = default;
  SeparableConvImpl(int64_t filters, Extent<N> kernel_size, SeparableConvOptions<N> options)
      : Base(kernel_size, std::move(options)), filters_(filters) {
    settle();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("depth_multiplier", options_.depth_multiplier);
    field("filters", filters_);
    field("kernel_size", kernel_size_);
    field("strides", options_.strides);
    field("padding", options_.padding);
    field("data_format", options_.data_format);
    field("dilation_rate", options_.dilation_rate);
    field("activation", options_.activation);
    field("use_bias", options_.use_bias);
    field("depthwise_initializer", options_.depthwise_initializer);
    field("pointwise_initializer", options_.pointwise_initializer);
    field("bias_initializer", options_.bias_initializer);
    field("depthwise_regularizer", options_.depthwise_regularizer);
    field("pointwise_regularizer", options_.pointwise_regularizer);
    field("bias_regularizer", options_.bias_regularizer);
    field("activity_regularizer", this->activity_regularizer());
    field("depthwise_constraint", options_.depthwise_constraint);
    field("pointwise_constraint", options_.pointwise_constraint);
    field("bias_constraint", options_.bias_constraint);
    if (field.is_reading()) settle();
  }

  void build(const Shape& input) override {
    const int64_t channels = this->channels_of(input);
    depthwise_kernel_ = this->add_weight("depthwise_kernel", this->kernel_shape(channels, options_.depth_multiplier),
                                         options_.depthwise_initializer,
                                         {.regularizer = options_.depthwise_regularizer,
                                          .constraint = options_.depthwise_constraint,
                                          .stored = this->kernel_axes(Base::kInputs, Base::kOutputs)});
    Shape pointwise(std::vector<int64_t>(N, 1));
    pointwise.insert(pointwise.end(), {channels * options_.depth_multiplier, filters_});
    pointwise_kernel_ = this->add_weight("pointwise_kernel", pointwise, options_.pointwise_initializer,
                                         {.regularizer = options_.pointwise_regularizer,
                                          .constraint = options_.pointwise_constraint,
                                          .stored = this->kernel_axes(Base::kOutputs, Base::kInputs)});
    bias_ = this->add_bias(filters_);
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    const std::vector<Window> cells(N, Window{.size = 1, .stride = 1});
    const at::Tensor spread = convolve_depthwise(to_channels_first(input, this->format()), depthwise_kernel_, {},
                                                 this->windows(), options_.padding);
    return this->activated(convolve(spread, pointwise_kernel_, bias_, cells, "valid", /*groups=*/1));
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    auto planned = options_.depth_multiplier > 1 || is_channels_first(this->format())
                       ? std::nullopt
                       : planned_by_sums(planner, inputs.front());
    return planned ? std::move(planned) : planned_by_autograd(*this, planner, inputs);
  }

  Shape output_shape(const Shape& input) const override { return this->output_shape_with(input, filters_); }

 private:
  // Each channel by itself into a buffer, from there cell by cell.
  std::optional<PlannedLayer> planned_by_sums(const StepPlanner& planner, const PlanTensor& input) const {
    const auto linear = NameOr<activations::Activation>("linear").get();
    const Shape output = output_shape(input.shape());
    const Shape spread = this->output_shape_with(input.shape(), input.value.size(-1));
    const auto form = convolution_form(input.shape(), spread, this->windows(), options_.padding, spread.dim(-1));
    auto first = planned_depthwise_convolution(planner, input, spread, form, {depthwise_kernel_, {}, linear});
    if (!first) return std::nullopt;
    const std::vector<Window> cells(N, Window{.size = 1, .stride = 1});
    auto second = planned_convolution(planner, first->outputs.front(), output,
                                      convolution_form(spread, output, cells, "valid", /*groups=*/1),
                                      {pointwise_kernel_, bias_, *options_.activation});
    if (!second) return std::nullopt;
    std::vector<std::unique_ptr<PlannedStep>> steps;
    steps.push_back(std::move(first->step));
    steps.push_back(std::move(second->step));
    return PlannedLayer{second->outputs, in_order(std::move(steps))};
  }

  // Checks the arguments and makes objects of names; for the constructor's arguments and a config's alike.
  void settle() {
    this->settle_window({"valid", "same"});
    check_positive("depth_multiplier", options_.depth_multiplier);
    check_positive("filters", filters_);
    options_.depthwise_initializer.resolve();
    options_.pointwise_initializer.resolve();
    options_.bias_initializer.resolve();
  }

  int64_t filters_ = 0;
  at::Tensor depthwise_kernel_;
  at::Tensor pointwise_kernel_;
  at::Tensor bias_;
};

}  // namespace

template <std::size_t N>
DepthwiseConv<N>::DepthwiseConv(Extent<N> kernel_size, DepthwiseConvOptions<N> options)
    : Layer(std::make_shared<DepthwiseConvImpl<N>>(kernel_size, std::move(options))) {}
template <std::size_t N>
SeparableConv<N>::SeparableConv(int64_t filters, Extent<N> kernel_size, SeparableConvOptions<N> options)
    : Layer(std::make_shared<SeparableConvImpl<N>>(filters, kernel_size, std::move(options))) {}

template class DepthwiseConv<1>;
template class DepthwiseConv<2>;
template class SeparableConv<1>;
template class SeparableConv<2>;

void register_depthwise_convolution(Registry<LayerImpl>& layers) {
  layers.add<DepthwiseConvImpl<1>>("DepthwiseConv1D");
  layers.add<DepthwiseConvImpl<2>>("DepthwiseConv2D");
  layers.add<SeparableConvImpl<1>>("SeparableConv1D", {"SeparableConvolution1D"});
  layers.add<SeparableConvImpl<2>>("SeparableConv2D", {"SeparableConvolution2D"});
}

}  // namespace keraslike::layers

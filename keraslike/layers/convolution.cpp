#include "keraslike/layers/convolution.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/convolution.h>
#include <torch/nn/modules/conv.h>

#include "keraslike/layers/convolution_impl.h"
#include "keraslike/layers/convolution_plan.h"
#include "keraslike/layers/dtype_policy.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/layers/lora.h"

namespace keraslike::layers {

at::Tensor convolve(const at::Tensor& input, const at::Tensor& kernel, const at::Tensor& bias,
                    const std::vector<Window>& windows, const std::string& padding, int64_t groups) {
  if (bias.defined() && has_16_bits(input)) {
    std::vector<int64_t> channels(windows.size() + 1, 1);
    channels.front() = -1;
    return convolve(input, kernel, {}, windows, padding, groups) + bias.reshape(channels);
  }
  const std::vector<int64_t> zeros(windows.size(), 0);
  std::vector<int64_t> strides;
  std::vector<int64_t> dilations;
  for (const Window& window : windows) {
    strides.push_back(window.stride);
    dilations.push_back(window.dilation);
  }
  const auto even = even_padding(input, windows, padding);
  return at::convolution(even ? input : padded(input, windows, padding, 0.0), kernel, bias, strides,
                         even.value_or(zeros), dilations, /*transposed=*/false, zeros, groups);
}

void check_positive(const std::string& argument, int64_t value) {
  if (value > 0) return;
  throw ValueError("Invalid value for argument `{}`. Expected a strictly positive value. Received {}={}.", argument,
                   argument, value);
}

namespace {

template <std::size_t N>
struct TorchConv;
template <>
struct TorchConv<1> {
  using Holder = torch::nn::Conv1d;
};
template <>
struct TorchConv<2> {
  using Holder = torch::nn::Conv2d;
};
template <>
struct TorchConv<3> {
  using Holder = torch::nn::Conv3d;
};

template <std::size_t N>
class ConvImpl final : public ConvolutionImpl<N, ConvOptions<N>> {
  using Base = ConvolutionImpl<N, ConvOptions<N>>;
  using Base::kernel_size_;
  using Base::options_;
  using Holder = typename TorchConv<N>::Holder;

 public:
  ConvImpl() = default;
  ConvImpl(int64_t filters, Extent<N> kernel_size, ConvOptions<N> options)
      : Base(kernel_size, std::move(options)), filters_(filters) {
    settle();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("filters", filters_);
    field("kernel_size", kernel_size_);
    field("strides", options_.strides);
    field("padding", options_.padding);
    field("data_format", options_.data_format);
    field("dilation_rate", options_.dilation_rate);
    field("groups", options_.groups);
    field("activation", options_.activation);
    field("use_bias", options_.use_bias);
    field("kernel_initializer", options_.kernel_initializer);
    field("bias_initializer", options_.bias_initializer);
    field("kernel_regularizer", options_.kernel_regularizer);
    field("bias_regularizer", options_.bias_regularizer);
    field("activity_regularizer", this->activity_regularizer());
    field("kernel_constraint", options_.kernel_constraint);
    field("bias_constraint", options_.bias_constraint);
    lora_fields(field, options_.lora_rank, options_.lora_alpha);
    if (field.is_reading()) settle();
  }

  void build(const Shape& input) override {
    const int64_t channels = this->channels_of(input);
    conv_ = this->template own<Holder>("conv", torch::nn::ConvOptions<N>(channels, filters_, kernel_size_)
                                                   .stride(options_.strides)
                                                   .dilation(options_.dilation_rate)
                                                   .groups(options_.groups)
                                                   .bias(options_.use_bias));
    this->add_weight("kernel", this->kernel_shape(channels / options_.groups, filters_), options_.kernel_initializer,
                     {.regularizer = options_.kernel_regularizer,
                      .constraint = options_.kernel_constraint,
                      .stored = this->kernel_axes(Base::kOutputs, Base::kInputs),
                      .tensor = &conv_->weight});
    this->add_bias(filters_, &conv_->bias);
    if (!options_.lora_rank) return;
    adapted_ = this->add_lora("kernel", *options_.lora_rank, *options_.lora_alpha, options_.kernel_regularizer);
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    return this->activated(convolve(to_channels_first(input, this->format()),
                                    adapted_ ? adapted_->effective() : conv_->weight, conv_->bias, this->windows(),
                                    options_.padding, options_.groups));
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    auto planned = adapted_ ? std::nullopt : planned_by_products(planner, inputs.front());
    return planned ? std::move(planned) : planned_by_autograd(*this, planner, inputs);
  }

  Shape output_shape(const Shape& input) const override { return this->output_shape_with(input, filters_); }

  void check_input(const Shape& input) const override {
    Base::check_input(input);
    if (this->channels_of(input) % options_.groups == 0) return;
    throw ValueError("The number of input channels must be evenly divisible by the number of groups. Received "
                     "groups={}, but the input has {} channels (full input shape is {}).", options_.groups,
                     this->channels_of(input), input);
  }

 private:
  std::optional<PlannedLayer> planned_by_products(const StepPlanner& planner, const PlanTensor& input) const {
    if (is_channels_first(this->format())) return std::nullopt;
    const Shape shape = input.shape();
    const Shape output = output_shape(shape);
    const auto form = convolution_form(shape, output, this->windows(), options_.padding, options_.groups);
    return planned_convolution(planner, input, output, form, {conv_->weight, conv_->bias, *options_.activation});
  }

  // Checks the arguments and makes objects of names; for the constructor's arguments and a config's alike.
  void settle() {
    this->settle_window(N == 1 ? std::vector<std::string>{"valid", "same", "causal"}
                               : std::vector<std::string>{"valid", "same"});
    check_positive("filters", filters_);
    if (options_.groups <= 0) {
      throw ValueError("The number of groups must be a positive integer. Received: groups={}.", options_.groups);
    }
    if (filters_ % options_.groups != 0) {
      throw ValueError("The number of filters must be evenly divisible by the number of groups. Received: groups={}, "
                       "filters={}.", options_.groups, filters_);
    }
    this->refuse_strides_with_dilation();
    options_.kernel_initializer.resolve();
    options_.bias_initializer.resolve();
    settle_lora(options_.lora_rank, options_.lora_alpha, !options_.kernel_constraint.is_none(), "kernel",
                "kernel_constraint");
  }

  int64_t filters_ = 0;
  Holder conv_{nullptr};
  WeightPtr adapted_;  // the kernel, with `lora_rank`
};

}  // namespace

template <std::size_t N>
Conv<N>::Conv(int64_t filters, Extent<N> kernel_size, ConvOptions<N> options)
    : Layer(std::make_shared<ConvImpl<N>>(filters, kernel_size, std::move(options))) {}

template class Conv<1>;
template class Conv<2>;
template class Conv<3>;

void register_convolution(Registry<LayerImpl>& layers) {
  layers.add<ConvImpl<1>>("Conv1D", {"Convolution1D"});
  layers.add<ConvImpl<2>>("Conv2D", {"Convolution2D"});
  layers.add<ConvImpl<3>>("Conv3D", {"Convolution3D"});
}

}  // namespace keraslike::layers

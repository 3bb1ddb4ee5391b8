#include <algorithm>

#include <ATen/ops/convolution.h>
#include <torch/nn/modules/conv.h>

#include "keraslike/layers/convolution.h"
#include "keraslike/layers/convolution_impl.h"
#include "keraslike/layers/convolution_plan.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/planned_steps.h"

namespace keraslike::layers {

namespace {

template <std::size_t N>
struct TorchConvTranspose;
template <>
struct TorchConvTranspose<1> {
  using Holder = torch::nn::ConvTranspose1d;
};
template <>
struct TorchConvTranspose<2> {
  using Holder = torch::nn::ConvTranspose2d;
};
template <>
struct TorchConvTranspose<3> {
  using Holder = torch::nn::ConvTranspose3d;
};

// What Keras keeps of one axis of the whole transposed convolution, which has (length - 1) * stride + reach cells.
struct Kept {
  int64_t cut_before;
  int64_t cut_after;  // negative: so many cells more

  static Kept of(const Window& window, const std::string& padding, std::optional<int64_t> output_padding) {
    const int64_t reach = window.reach();
    if (padding == "valid") return {0, -output_padding.value_or(std::max(reach, window.stride) - reach)};
    const int64_t total = output_padding ? reach + reach % 2 - 2 + *output_padding : window.stride + reach - 2;
    const int64_t before = std::min(total / 2 + total % 2, reach - 1);
    return {reach - 1 - before, reach - 1 - (total - before)};
  }

  int64_t output_length(int64_t length, const Window& window) const {
    if (length < 0) return length;
    return std::max<int64_t>(0, (length - 1) * window.stride + window.reach() - cut_before - cut_after);
  }
};

template <std::size_t N>
class ConvTransposeImpl final : public ConvolutionImpl<N, ConvTransposeOptions<N>> {
  using Base = ConvolutionImpl<N, ConvTransposeOptions<N>>;
  using Base::kernel_size_;
  using Base::options_;
  using Holder = typename TorchConvTranspose<N>::Holder;

 public:
  ConvTransposeImpl() = default;
  ConvTransposeImpl(int64_t filters, Extent<N> kernel_size, ConvTransposeOptions<N> options)
      : Base(kernel_size, std::move(options)), filters_(filters) {
    settle();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("filters", filters_);
    field("kernel_size", kernel_size_);
    field("strides", options_.strides);
    field("padding", options_.padding);
    field("output_padding", options_.output_padding);
    field("data_format", options_.data_format);
    field("dilation_rate", options_.dilation_rate);
    field("activation", options_.activation);
    field("use_bias", options_.use_bias);
    field("kernel_initializer", options_.kernel_initializer);
    field("bias_initializer", options_.bias_initializer);
    field("kernel_regularizer", options_.kernel_regularizer);
    field("bias_regularizer", options_.bias_regularizer);
    field("activity_regularizer", this->activity_regularizer());
    field("kernel_constraint", options_.kernel_constraint);
    field("bias_constraint", options_.bias_constraint);
    if (field.is_reading()) settle();
  }

  void build(const Shape& input) override {
    const int64_t channels = this->channels_of(input);
    conv_ = this->template own<Holder>("conv", torch::nn::ConvTransposeOptions<N>(channels, filters_, kernel_size_)
                                                   .stride(options_.strides)
                                                   .dilation(options_.dilation_rate)
                                                   .bias(options_.use_bias));
    this->add_weight("kernel", this->kernel_shape(filters_, channels), options_.kernel_initializer,
                     {.regularizer = options_.kernel_regularizer,
                      .constraint = options_.kernel_constraint,
                      .stored = this->kernel_axes(Base::kOutputs, Base::kInputs),
                      .tensor = &conv_->weight});
    this->add_bias(filters_, &conv_->bias);
  }

  // LibTorch cuts the same from both ends and can leave more at the end. Where Keras cuts more at the end, that is done
  // afterwards.
  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    std::vector<int64_t> cut;
    std::vector<int64_t> more;
    const auto kept = this->kept();
    for (const auto& [before, after] : kept) {
      cut.push_back(before);
      more.push_back(std::max<int64_t>(0, before - after));
    }
    at::Tensor output =
        at::convolution(to_channels_first(input, this->format()), conv_->weight, conv_->bias, options_.strides, cut,
                        options_.dilation_rate, /*transposed=*/true, more, /*groups=*/1);
    for (size_t i = 0; i < N; ++i) {
      const auto axis = static_cast<int64_t>(i) + 2;
      const int64_t surplus = std::max<int64_t>(0, kept[i].cut_after - kept[i].cut_before);
      if (surplus > 0) output = output.narrow(axis, 0, output.size(axis) - surplus);
    }
    return this->activated(output);
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    auto planned = planned_by_products(planner, inputs.front());
    return planned ? std::move(planned) : planned_by_autograd(*this, planner, inputs);
  }

  Shape output_shape(const Shape& input) const override {
    auto lengths = spatial_sizes(input, this->format());
    const auto windows = this->windows();
    const auto kept = this->kept();
    for (size_t i = 0; i < N; ++i) lengths[i] = kept[i].output_length(lengths[i], windows[i]);
    return with_spatial_sizes(input[0], lengths, filters_, this->format());
  }

 private:
  // The form is that of the convolution from the output to the input, whose gradient this is.
  std::optional<PlannedLayer> planned_by_products(const StepPlanner& planner, const PlanTensor& input) const {
    if (is_channels_first(this->format())) return std::nullopt;
    const Shape shape = input.shape();
    const Shape output = output_shape(shape);
    auto form = convolution_form(output, shape, this->windows(), "valid", /*groups=*/1);
    const auto kept = this->kept();
    for (size_t i = 0; i < N; ++i) form.axes[3 - N + i].before = kept[i].cut_before;
    return planned_transposed_convolution(planner, input, output, form,
                                          {conv_->weight, conv_->bias, *options_.activation});
  }

  std::vector<Kept> kept() const {
    std::vector<Kept> result;
    const auto windows = this->windows();
    for (size_t i = 0; i < N; ++i) {
      const auto& given = options_.output_padding;
      result.push_back(Kept::of(windows[i], options_.padding, given ? std::optional((*given)[i]) : std::nullopt));
    }
    return result;
  }

  // Checks the arguments and makes objects of names; for the constructor's arguments and a config's alike.
  void settle() {
    this->settle_window({"valid", "same"});
    check_positive("filters", filters_);
    if (options_.output_padding) check_output_padding(*options_.output_padding);
    this->refuse_strides_with_dilation();
    options_.kernel_initializer.resolve();
    options_.bias_initializer.resolve();
  }

  void check_output_padding(const Extent<N>& output_padding) const {
    const Shape sizes(output_padding.begin(), output_padding.end());
    const Shape strides(options_.strides.begin(), options_.strides.end());
    check_not_negative("output_padding", sizes);
    for (size_t i = 0; i < N; ++i) {
      if (sizes[i] < strides[i]) continue;
      throw ValueError("`output_padding` must be strictly less than `strides` for all dimensions. At dimension {}, "
                       "`output_padding` is {} but `strides` is {}. Received: output_padding={}, strides={}", i,
                       sizes[i], strides[i], sizes, strides);
    }
  }

  int64_t filters_ = 0;
  Holder conv_{nullptr};
};

}  // namespace

template <std::size_t N>
ConvTranspose<N>::ConvTranspose(int64_t filters, Extent<N> kernel_size, ConvTransposeOptions<N> options)
    : Layer(std::make_shared<ConvTransposeImpl<N>>(filters, kernel_size, std::move(options))) {}

template class ConvTranspose<1>;
template class ConvTranspose<2>;
template class ConvTranspose<3>;

void register_convolution_transpose(Registry<LayerImpl>& layers) {
  layers.add<ConvTransposeImpl<1>>("Conv1DTranspose", {"Convolution1DTranspose"});
  layers.add<ConvTransposeImpl<2>>("Conv2DTranspose", {"Convolution2DTranspose"});
  layers.add<ConvTransposeImpl<3>>("Conv3DTranspose", {"Convolution3DTranspose"});
}

}  // namespace keraslike::layers

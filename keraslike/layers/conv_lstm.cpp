#include "keraslike/layers/conv_lstm.h"

#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>

#include "keraslike/layers/convolution_impl.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/forget_bias.h"
#include "keraslike/layers/kernel_cell.h"
#include "keraslike/layers/own_cell_rnn.h"

namespace keraslike::layers {

namespace {

constexpr int64_t kGates = 4;  // i, f, c, o

// Keras shows this cell to nobody, so that it has no options of its own.
template <std::size_t N>
class ConvLSTMCellImpl final : public KernelCellImpl<ConvLSTMOptions<N>, N + 2> {
  using Base = KernelCellImpl<ConvLSTMOptions<N>, N + 2>;
  using Base::bias_;
  using Base::kernel_;
  using Base::options_;
  using Base::recurrent_kernel_;

 public:
  static constexpr const char* kName = "conv_lstm_cell";

  ConvLSTMCellImpl() { options_.data_format = kChannelsLast; }
  ConvLSTMCellImpl(int64_t filters, Extent<N> kernel_size, ConvLSTMOptions<N> options)
      : Base({kName, options.trainable, options.dtype}, std::move(options)),
        filters_(filters),
        kernel_size_(kernel_size) {
    settle();
  }

  void argument_fields(Fields& field, NameOr<Regularizer>* activity_regularizer) override {
    field("filters", filters_);
    field("kernel_size", kernel_size_);
    field("strides", options_.strides);
    field("padding", options_.padding);
    field("data_format", options_.data_format);
    field("dilation_rate", options_.dilation_rate);
    field("activation", options_.activation);
    field("recurrent_activation", options_.recurrent_activation);
    field("use_bias", options_.use_bias);
    this->kernel_fields(field);
    field("unit_forget_bias", options_.unit_forget_bias);
    this->penalty_fields(field, activity_regularizer);
    field("seed", options_.seed);
    if (field.is_reading()) settle();
  }

  void build(const Shape& input) override {
    this->add_kernels(kernel_shape(input.dim(channel_axis(input, format()))), kernel_shape(filters_), stored_axes());
    this->add_bias({kGates * filters_}, options_.unit_forget_bias ? forget_bias(*options_.bias_initializer, filters_)
                                                                  : options_.bias_initializer);
  }

  std::vector<Shape> state_shapes(const Shape& input) const override {
    return {output_shape(input), output_shape(input)};
  }

  Shape output_shape(const Shape& input) const override {
    return with_spatial_sizes(input[0], output_lengths(input, windows(), options_.padding, format()), filters_,
                              format());
  }

  void check_input(const Shape& input) const override {
    this->expect_rank(input, Base::kStepRank);
    if (std::ranges::any_of(spatial_sizes(input, format()), [](int64_t length) { return length < 0; })) {
      throw ValueError("ConvLSTM layers only support static input shapes for the spatial dimension. Received invalid "
                       "input shape: input_shape={}", input);
    }
    if (input.dim(channel_axis(input, format())) < 0) {
      throw ValueError("The channel dimension of the inputs (last axis) should be defined. Found None. Full input "
                       "shape received: input_shape={}", input);
    }
    for (int64_t axis = 1; this->built_ && axis < Base::kStepRank; ++axis) {
      this->expect_axis(input, axis, this->built_shape_.dim(axis));
    }
    check_lengths(output_lengths(input, windows(), options_.padding, format()), windows(), this->name(), input);
  }

  // (batch, ...) or (batch, steps, ...).
  at::Tensor prepared(const at::Tensor& inputs, bool training) override {
    const States masks = this->masks_for_inputs(inputs, training);
    if (inputs.dim() == Base::kStepRank) return for_gates(inputs, kernel_, bias_, windows(), options_.padding, masks);
    States all;
    for (const at::Tensor& mask : masks) all.push_back(mask.unsqueeze(1).expand_as(inputs).flatten(0, 1));
    return for_gates(inputs.flatten(0, 1), kernel_, bias_, windows(), options_.padding, all)
        .unflatten(0, at::IntArrayRef{inputs.size(0), inputs.size(1)});
  }

  CellStep step(const at::Tensor& prepared, const States& states, bool training) override {
    const at::Tensor& h = states[0];
    const int64_t axis = channel_axis_of(h);
    const at::Tensor inner =
        for_gates(h, recurrent_kernel_, {}, inner_windows(), "same", this->masks_for_state(h, training));
    const auto gates = (prepared + inner).chunk(kGates, axis);
    const auto& activation = *options_.activation;
    const auto& gate = *options_.recurrent_activation;
    const at::Tensor c = gate(gates[1]) * states[1] + gate(gates[0]) * activation(gates[2]);
    const at::Tensor output = gate(gates[3]) * activation(c);
    return {output, {output, c}};
  }

 private:
  void settle() {
    check_positive("filters", filters_);
    check_sizes("kernel_size", kernel_size_);
    check_sizes("strides", options_.strides);
    options_.padding = checked_padding(options_.padding, {"valid", "same"});
    options_.data_format = checked_data_format(options_.data_format);
    check_sizes("dilation_rate", options_.dilation_rate);
    refuse_strides_with_dilation();
    this->settle_seeds();
    this->settle_activation(options_.activation);
    this->settle_activation(options_.recurrent_activation);
    this->settle_initializers();
    this->set_mask_count(kGates);
  }

  void refuse_strides_with_dilation() const {
    if (std::ranges::max(options_.strides) <= 1 || std::ranges::max(options_.dilation_rate) <= 1) return;
    throw ValueError(
        "Specifying `strides > 1` is not compatible with `dilation_rate > 1`. Please provide `strides=1` or "
        "`dilation_rate=1`. Received: strides={} and dilation_rate={}",
        Shape(options_.strides.begin(), options_.strides.end()),
        Shape(options_.dilation_rate.begin(), options_.dilation_rate.end()));
  }

  const std::string& format() const { return *options_.data_format; }
  int64_t channel_axis_of(const at::Tensor& step) const { return is_channels_first(format()) ? 1 : step.dim() - 1; }

  Shape kernel_shape(int64_t inputs) const {
    Shape shape(kernel_size_.begin(), kernel_size_.end());
    shape.insert(shape.end(), {inputs, kGates * filters_});
    return shape;
  }

  // Outputs, inputs, lengths.
  static std::vector<int64_t> stored_axes() {
    std::vector<int64_t> axes{N + 1, N};
    for (int64_t axis = 0; axis < static_cast<int64_t>(N); ++axis) axes.push_back(axis);
    return axes;
  }

  std::vector<Window> windows() const {
    std::vector<Window> result;
    for (size_t i = 0; i < N; ++i) result.push_back({kernel_size_[i], options_.strides[i], options_.dilation_rate[i]});
    return result;
  }
  std::vector<Window> inner_windows() const {
    std::vector<Window> result;
    for (const int64_t size : kernel_size_) result.push_back({size, 1});
    return result;
  }

  // The convolution for all gates at once, or with a mask for each, gate by gate.
  at::Tensor for_gates(const at::Tensor& values, const at::Tensor& kernel, const at::Tensor& bias,
                       const std::vector<Window>& windows, const std::string& padding, const States& masks) const {
    const auto convolved = [&](const at::Tensor& input, const at::Tensor& part, const at::Tensor& offset) {
      return convolve(to_channels_first(input, format()), part, offset, windows, padding, /*groups=*/1);
    };
    if (masks.empty()) return from_channels_first(convolved(values, kernel, bias), format());
    const auto kernels = kernel.chunk(kGates, 0);
    const auto biases = bias.defined() ? bias.chunk(kGates, 0) : States(kGates);
    States gates;
    for (size_t i = 0; i < masks.size(); ++i) gates.push_back(convolved(values * masks[i], kernels[i], biases[i]));
    return from_channels_first(at::cat(gates, 1), format());
  }

  int64_t filters_ = 0;
  Extent<N> kernel_size_ = 1;
};

template <std::size_t N>
std::shared_ptr<RNNImpl> make(int64_t filters, Extent<N> kernel_size, const ConvLSTMOptions<N>& options) {
  return std::make_shared<OwnCellRNNImpl<ConvLSTMCellImpl<N>>>(
      std::make_shared<ConvLSTMCellImpl<N>>(filters, kernel_size, options), rnn_options(options));
}

}  // namespace

template <std::size_t N>
ConvLSTM<N>::ConvLSTM(int64_t filters, Extent<N> kernel_size, ConvLSTMOptions<N> options)
    : RNN(make<N>(filters, kernel_size, options)) {}

template class ConvLSTM<1>;
template class ConvLSTM<2>;
template class ConvLSTM<3>;

void register_conv_lstm(Registry<LayerImpl>& layers) {
  layers.add<OwnCellRNNImpl<ConvLSTMCellImpl<1>>>("ConvLSTM1D");
  layers.add<OwnCellRNNImpl<ConvLSTMCellImpl<2>>>("ConvLSTM2D");
  layers.add<OwnCellRNNImpl<ConvLSTMCellImpl<3>>>("ConvLSTM3D");
}

}  // namespace keraslike::layers

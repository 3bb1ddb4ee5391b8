#include <algorithm>
#include <string>
#include <vector>

#include <ATen/ops/constant_pad_nd.h>

#include "keraslike/layers/data_format.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/layer_impl.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/layers/reshaping.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

// What ZeroPadding and Cropping share: margins that are read, written, checked and told of alike.
template <std::size_t N>
class MarginsImpl : public LayerImpl {
 protected:
  MarginsImpl() = default;
  MarginsImpl(LayerArguments arguments, const Margins<N>& margins, const std::optional<std::string>& data_format)
      : LayerImpl(std::move(arguments)), margins_(margins), data_format_(data_format.value_or(kChannelsLast)) {}

  // Over one axis Keras writes a pair, over more a list of pairs.
  void margins_field(const std::string& key, Fields& field) {
    if constexpr (N == 1) {
      Extent<2> pair(margins_[0].before, margins_[0].after);
      field(key, pair);
      margins_[0] = Margin(pair[0], pair[1]);
      return;
    }
    std::vector<std::vector<int64_t>> pairs;
    for (const auto& [before, after] : margins_) pairs.push_back({before, after});
    field(key, pairs);
    const auto is_pair = [](const std::vector<int64_t>& pair) { return pair.size() == 2; };
    if (pairs.size() != N || !std::all_of(pairs.begin(), pairs.end(), is_pair)) {
      throw ValueError("`{}` should have {} elements, each a pair. Layer '{}' received another number.", key, N,
                       name());
    }
    for (size_t i = 0; i < N; ++i) margins_[i] = Margin(pairs[i][0], pairs[i][1]);
  }

  void settle(const std::string& argument) {
    constexpr const char* kPlaces[] = {"1st", "2nd", "3rd"};
    data_format_ = checked_data_format(data_format_);
    for (size_t i = 0; i < N; ++i) {
      check_not_negative(N == 1 ? argument : fmt::format("{} entry of {}", kPlaces[i], argument),
                         {margins_[i].before, margins_[i].after});
    }
  }

  // "(1, 1)" or "((1, 1), (2, 2))"
  std::string text() const {
    std::string result;
    for (const auto& [before, after] : margins_) {
      result += (result.empty() ? "" : ", ") + fmt::format("({}, {})", before, after);
    }
    return N == 1 ? result : "(" + result + ")";
  }

  int64_t first_axis() const { return is_channels_first(data_format_) ? 2 : 1; }

  Shape resized(const Shape& input, int64_t sign) const {
    Shape output = input;
    for (size_t i = 0; i < N; ++i) {
      int64_t& size = output[i + static_cast<size_t>(first_axis())];
      if (size >= 0) size += sign * (margins_[i].before + margins_[i].after);
    }
    return output;
  }

  // What the margins leave of a tensor.
  at::Tensor inner(at::Tensor x) const {
    for (size_t i = 0; i < N; ++i) {
      const auto& [before, after] = margins_[i];
      const int64_t axis = static_cast<int64_t>(i) + first_axis();
      x = x.narrow(axis, before, x.size(axis) - before - after);
    }
    return x;
  }

  Margins<N> margins_ = 1;
  std::string data_format_ = kChannelsLast;
};

template <std::size_t N>
class ZeroPaddingImpl final : public MarginsImpl<N> {
 public:
  ZeroPaddingImpl() = default;
  ZeroPaddingImpl(const Margins<N>& padding, const ZeroPaddingOptions& options)
      : MarginsImpl<N>(layer_arguments(options), padding, options.data_format) {
    this->settle("padding");
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    this->margins_field("padding", field);
    field("data_format", this->data_format_);
    if (field.is_reading()) this->settle("padding");
  }

  // LibTorch names the last axis first.
  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    std::vector<int64_t> amounts;
    if (!is_channels_first(this->data_format_)) amounts = {0, 0};
    for (size_t i = N; i-- > 0;) amounts.insert(amounts.end(), {this->margins_[i].before, this->margins_[i].after});
    return at::constant_pad_nd(input, amounts, 0.0);
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    const PlanTensor& input = inputs.front();
    const PlanTensor output = planner.output(output_shape(input.shape()), {input});
    const at::Tensor to = this->inner(output.value);  // around it there stay zeros
    const auto forward = [=] { to.copy_(input.value); };
    if (!input.gradient.defined()) return PlannedLayer{{output}, planned_step(forward, [] {})};
    const at::Tensor from = this->inner(output.gradient);
    return PlannedLayer{{output}, planned_step(forward, [=] { input.gradient.copy_(from); })};
  }

  Shape output_shape(const Shape& input) const override { return this->resized(input, 1); }

  void check_input(const Shape& input) const override { this->expect_rank(input, N + 2); }
};

template <std::size_t N>
class CroppingImpl final : public MarginsImpl<N> {
 public:
  // Keras' Cropping2D alone cuts nothing by default.
  CroppingImpl() { this->margins_ = N == 2 ? 0 : 1; }
  CroppingImpl(const Margins<N>& cropping, const CroppingOptions<N>& options, std::optional<std::string> data_format)
      : MarginsImpl<N>(layer_arguments(options), cropping, data_format) {
    this->settle("cropping");
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    this->margins_field("cropping", field);
    if constexpr (N > 1) field("data_format", this->data_format_);
    if (field.is_reading()) this->settle("cropping");
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    return this->inner(input);
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    return planned_by_view(planner, inputs.front(), [this](const at::Tensor& x) { return this->inner(x); });
  }

  Shape output_shape(const Shape& input) const override { return this->resized(input, -1); }

  void check_input(const Shape& input) const override {
    this->expect_rank(input, N + 2);
    const auto sizes = spatial_sizes(input, this->data_format_);
    for (size_t i = 0; i < N; ++i) {
      const auto& [before, after] = this->margins_[i];
      if (sizes[i] < 0 || sizes[i] > before + after) continue;
      throw ValueError("{} Received: input_shape={}, cropping={}",
                       N == 1 ? "`cropping` parameter of `Cropping1D` layer must be smaller than the input length."
                              : "Values in `cropping` argument should be smaller than the corresponding spatial "
                                "dimension of the input.",
                       input, this->text());
    }
  }
};

}  // namespace

template <std::size_t N>
ZeroPadding<N>::ZeroPadding(Margins<N> padding, ZeroPaddingOptions options)
    : Layer(std::make_shared<ZeroPaddingImpl<N>>(padding, options)) {}

template <std::size_t N>
Cropping<N>::Cropping(Margins<N> cropping, CroppingOptions<N> options)
    : Layer([&] {
        std::optional<std::string> data_format;
        if constexpr (N > 1) data_format = options.data_format;
        return std::make_shared<CroppingImpl<N>>(cropping, options, data_format);
      }()) {}

template class ZeroPadding<1>;
template class ZeroPadding<2>;
template class ZeroPadding<3>;
template class Cropping<1>;
template class Cropping<2>;
template class Cropping<3>;

void register_padding(Registry<LayerImpl>& layers) {
  layers.add<ZeroPaddingImpl<1>>("ZeroPadding1D");
  layers.add<ZeroPaddingImpl<2>>("ZeroPadding2D");
  layers.add<ZeroPaddingImpl<3>>("ZeroPadding3D");
  layers.add<CroppingImpl<1>>("Cropping1D");
  layers.add<CroppingImpl<2>>("Cropping2D");
  layers.add<CroppingImpl<3>>("Cropping3D");
}

}  // namespace keraslike::layers

#include "keraslike/layers/reshaping.h"

#include <algorithm>

#include "keraslike/layers/data_format.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/layer_impl.h"
#include "keraslike/layers/plan.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

class FlattenImpl final : public LayerImpl {
 public:
  FlattenImpl() = default;
  explicit FlattenImpl(FlattenOptions options)
      : LayerImpl(layer_arguments(options)),
        data_format_(checked_data_format(options.data_format)) {}

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("data_format", data_format_);
    if (field.is_reading()) data_format_ = checked_data_format(data_format_);
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    if (input.dim() == 1) return input.unsqueeze(-1);
    const bool move = is_channels_first(data_format_) && input.dim() > 2;
    return (move ? input.movedim(1, -1) : input).flatten(1);
  }

  std::optional<PlannedLayer> plan(const StepPlanner&, const PlanTensors& inputs) override {
    const at::Tensor& x = inputs.front().value;
    if (is_channels_first(data_format_) && x.dim() > 2) return std::nullopt;
    return planned_view(inputs.front(), {x.size(0), x.numel() / x.size(0)});
  }

  Shape output_shape(const Shape& input) const override {
    if (input.rank() == 1) return {input[0], 1};
    return {input[0], input.without_batch().count()};
  }

  void check_input(const Shape& input) const override { expect_min_rank(input, 1); }

 private:
  std::string data_format_ = kChannelsLast;
};

class ReshapeImpl final : public LayerImpl {
 public:
  ReshapeImpl() = default;
  ReshapeImpl(Shape target_shape, const ReshapeOptions& options)
      : LayerImpl(layer_arguments(options)), target_shape_(std::move(target_shape)) {
    settle();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("target_shape", static_cast<std::vector<int64_t>&>(target_shape_));  // -1 is Keras' own here
    if (field.is_reading()) settle();
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    return input.reshape(target_shape_.with_batch(input.size(0)));
  }

  std::optional<PlannedLayer> plan(const StepPlanner&, const PlanTensors& inputs) override {
    return planned_view(inputs.front(), target_shape_.with_batch(inputs.front().value.size(0)));
  }

  Shape output_shape(const Shape& input) const override {
    Shape output = target_shape_;
    const auto open = std::find(output.begin(), output.end(), -1);
    const int64_t values = input.without_batch().count();
    if (open == output.end() || values < 0) return output.with_batch(input[0]);
    *open = 1;
    *open = output.count() == 0 ? 0 : values / output.count();
    return output.with_batch(input[0]);
  }

  void check_input(const Shape& input) const override {
    expect_min_rank(input, 1);
    const int64_t values = input.without_batch().count();
    if (values < 0) return;
    const int64_t wanted = output_shape(input).without_batch().count();
    if (wanted == values) return;
    throw ValueError("The total size of the tensor must be unchanged. Layer '{}' received: input_shape={}, "
                     "target_shape={}", name(), input.without_batch(), target_shape_);
  }

 private:
  void settle() const {
    const auto open = std::count(target_shape_.begin(), target_shape_.end(), -1);
    const bool negative =
        std::any_of(target_shape_.begin(), target_shape_.end(), [](int64_t size) { return size < -1; });
    if (open <= 1 && !negative) return;
    throw ValueError("The `target_shape` argument must be sizes, of which at most one is -1. Received: target_shape={}",
                     target_shape_);
  }

  Shape target_shape_;
};

class PermuteImpl final : public LayerImpl {
 public:
  PermuteImpl() = default;
  PermuteImpl(std::vector<int64_t> dims, const PermuteOptions& options)
      : LayerImpl(layer_arguments(options)), dims_(std::move(dims)) {
    settle();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("dims", dims_);
    if (field.is_reading()) settle();
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    return permuted(input);
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    return planned_by_view(planner, inputs.front(), [this](const at::Tensor& x) { return permuted(x); });
  }

  Shape output_shape(const Shape& input) const override {
    Shape output{input[0]};
    for (const int64_t axis : dims_) output.push_back(input.dim(axis));
    return output;
  }

  void check_input(const Shape& input) const override { expect_rank(input, Shape(dims_).rank() + 1); }

 private:
  at::Tensor permuted(const at::Tensor& x) const { return x.permute(Shape(dims_).with_batch(0)); }

  void settle() const {
    std::vector<int64_t> axes = dims_;
    std::sort(axes.begin(), axes.end());
    int64_t next = 1;
    if (std::all_of(axes.begin(), axes.end(), [&](int64_t axis) { return axis == next++; })) return;
    throw ValueError("Invalid permutation argument `dims` for Permute Layer. The set of indices in `dims` must be "
                     "consecutive and start from 1. Received dims={}", as_tuple(dims_));
  }

  std::vector<int64_t> dims_;
};

class RepeatVectorImpl final : public LayerImpl {
 public:
  RepeatVectorImpl() = default;
  RepeatVectorImpl(int64_t n, const RepeatVectorOptions& options)
      : LayerImpl(layer_arguments(options)), n_(n) {
    settle();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("n", n_);
    if (field.is_reading()) settle();
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    return input.unsqueeze(1).expand({-1, n_, -1});
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    return planned_by_autograd(*this, planner, inputs);
  }

  Shape output_shape(const Shape& input) const override { return {input[0], n_, input[1]}; }

  void check_input(const Shape& input) const override { expect_rank(input, 2); }

 private:
  void settle() const {
    if (n_ > 0) return;
    throw ValueError("Argument `n` should be a positive integer. Received: n={}", n_);
  }

  int64_t n_ = 1;
};

}  // namespace

Flatten::Flatten(FlattenOptions options) : Layer(std::make_shared<FlattenImpl>(std::move(options))) {}
Reshape::Reshape(Shape target_shape, ReshapeOptions options)
    : Layer(std::make_shared<ReshapeImpl>(std::move(target_shape), options)) {}

Permute::Permute(std::vector<int64_t> dims, PermuteOptions options)
    : Layer(std::make_shared<PermuteImpl>(std::move(dims), options)) {}
RepeatVector::RepeatVector(int64_t n, RepeatVectorOptions options)
    : Layer(std::make_shared<RepeatVectorImpl>(n, options)) {}

void register_reshaping(Registry<LayerImpl>& layers) {
  layers.add<FlattenImpl>("Flatten");
  layers.add<ReshapeImpl>("Reshape");
  layers.add<PermuteImpl>("Permute");
  layers.add<RepeatVectorImpl>("RepeatVector");
}

}  // namespace keraslike::layers

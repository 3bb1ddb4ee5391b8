#include "keraslike/layers/convnext.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/rand.h>

#include "keraslike/initializers/initializers.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

class LayerScaleImpl final : public LayerImpl {
 public:
  LayerScaleImpl() = default;
  LayerScaleImpl(double init_values, int64_t projection_dim, LayerScaleOptions options)
      : LayerImpl(layer_arguments(options)),
        init_values_(init_values),
        projection_dim_(projection_dim) {
    check();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("init_values", init_values_);
    field("projection_dim", projection_dim_);
    if (field.is_reading()) check();
  }

  void build(const Shape&) override {
    gamma_ = add_weight("gamma", {projection_dim_}, initializers::Constant(init_values_));
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override { return input * gamma_; }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors&) override {
    return planned_by_autograd(*this, planner);
  }

  void check_input(const Shape& input_shape) const override {
    expect_min_rank(input_shape, 2);
    expect_axis(input_shape, -1, projection_dim_);
  }

 private:
  void check() const {
    if (projection_dim_ > 0) return;
    throw ValueError("`projection_dim` must be a positive integer. Received: projection_dim={}", projection_dim_);
  }

  double init_values_ = 0;
  int64_t projection_dim_ = 1;
  at::Tensor gamma_;
};

class StochasticDepthImpl final : public LayerImpl {
 public:
  StochasticDepthImpl() = default;
  StochasticDepthImpl(double drop_path_rate, StochasticDepthOptions options)
      : LayerImpl(layer_arguments(options)), drop_path_rate_(drop_path_rate) {
    check();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("drop_path_rate", drop_path_rate_);
    if (field.is_reading()) check();
  }

  at::Tensor call(const at::Tensor& input, const CallOptions& options) override {
    if (!options.training) return input;
    const double keep = 1.0 - drop_path_rate_;
    std::vector<int64_t> sizes(static_cast<size_t>(input.dim()), 1);
    sizes.front() = input.size(0);
    const at::Tensor drawn = at::rand(sizes, input.options().device(at::kCPU).requires_grad(false));
    return input / keep * (drawn.to(input.device()) + keep).floor();
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors&) override {
    return planned_by_autograd(*this, planner);
  }

  void check_input(const Shape& input_shape) const override { expect_min_rank(input_shape, 1); }

 private:
  void check() const {
    if (drop_path_rate_ >= 0 && drop_path_rate_ < 1) return;
    throw ValueError("`drop_path_rate` expects a share of the rows in [0, 1). Received: drop_path_rate={}",
                     drop_path_rate_);
  }

  double drop_path_rate_ = 0;
};

}  // namespace

LayerScale::LayerScale(double init_values, int64_t projection_dim, LayerScaleOptions options)
    : Layer(std::make_shared<LayerScaleImpl>(init_values, projection_dim, std::move(options))) {}
StochasticDepth::StochasticDepth(double drop_path_rate, StochasticDepthOptions options)
    : Layer(std::make_shared<StochasticDepthImpl>(drop_path_rate, std::move(options))) {}

void register_convnext(Registry<LayerImpl>& layers) {
  layers.add<LayerScaleImpl>("LayerScale");
  layers.identify<LayerScaleImpl>({"keras.src.applications.convnext", "LayerScale", "LayerScale"});
  layers.add<StochasticDepthImpl>("StochasticDepth");
  layers.identify<StochasticDepthImpl>({"keras.src.applications.convnext", "StochasticDepth", "StochasticDepth"});
}

}  // namespace keraslike::layers

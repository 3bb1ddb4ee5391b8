#include "keraslike/layers/inception_resnet.h"

#include <algorithm>

#include <ATen/TensorOperators.h>

#include "keraslike/layers/families.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

// Aligned at the last axes, as arrays broadcast.
Shape scaled_sum_shape(const Shape& a, const Shape& b) {
  if (a.rank() < b.rank()) return scaled_sum_shape(b, a);
  Shape shape = a;
  for (size_t i = 0; i < b.size(); ++i) {
    int64_t& size = shape[a.size() - b.size() + i];
    if (size == b[i] || b[i] == 1) continue;
    if (size > 1 && b[i] > 1) {
      throw ValueError("Inputs have incompatible shapes. Received shapes {} and {}: sizes must be equal or 1.", a, b);
    }
    size = size == 1 ? b[i] : std::max(size, b[i]);
  }
  return shape;
}

class CustomScaleLayerImpl final : public LayerImpl {
 public:
  CustomScaleLayerImpl() = default;
  CustomScaleLayerImpl(double scale, CustomScaleLayerOptions options)
      : LayerImpl(layer_arguments(options)), scale_(scale) {}

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("scale", scale_);
  }

  void check_call(const Call<TensorSpec>& call) const override {
    const auto inputs = call.inputs();
    if (inputs.size() == 2) return void(scaled_sum_shape(inputs[0].shape, inputs[1].shape));
    throw ValueError("A `{}` layer should be called on exactly 2 inputs: `{}(scale)({{x, residual}})`. Received: {} "
                     "input tensors", class_name(), class_name(), inputs.size());
  }

  void build_call(const Call<TensorSpec>&) override {}

  std::vector<TensorSpec> output_specs(const Call<TensorSpec>& call) const override {
    const auto inputs = call.inputs();
    return {{scaled_sum_shape(inputs[0].shape, inputs[1].shape)}};
  }

  Values call_all(const Call<Value>& call, const CallOptions&) override {
    const Values inputs = call.inputs();
    return {{inputs[0].tensor + inputs[1].tensor * scale_}};
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors&) override {
    return planned_by_autograd(*this, planner);
  }

 private:
  double scale_ = 1.0;
};

}  // namespace

CustomScaleLayer::CustomScaleLayer(double scale, CustomScaleLayerOptions options)
    : Layer(std::make_shared<CustomScaleLayerImpl>(scale, std::move(options))) {}

void register_inception_resnet(Registry<LayerImpl>& layers) {
  layers.add<CustomScaleLayerImpl>("CustomScaleLayer");
  layers.identify<CustomScaleLayerImpl>(
      {"keras.src.applications.inception_resnet_v2", "CustomScaleLayer", "CustomScaleLayer"});
}

}  // namespace keraslike::layers

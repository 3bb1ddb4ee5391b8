#include <algorithm>

#include "keraslike/layers/augmentation_policies.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/graph_plan.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

class PipelineImpl final : public LayerImpl {
 public:
  PipelineImpl() = default;
  PipelineImpl(std::vector<Layer> layers, PipelineOptions options)
      : LayerImpl({.name = std::move(options.name), .dtype = options.dtype}), layers_(std::move(layers)) {
    register_layers();
  }

  // In Keras' order, and without what its constructor does not take.
  void fields(Fields& field) override {
    std::vector<NameOr<Layer>> all(layers_.begin(), layers_.end());
    field("layers", all);
    std::string name = this->name();
    field("name", name);
    if (!field.is_reading()) return;
    set_name(name);
    layers_.clear();
    for (const auto& layer : all) layers_.push_back(layer.get());
    register_layers();
  }

  void build(const Shape& input_shape) override {
    Shape shape = input_shape;
    for (const Layer& layer : layers_) {
      layer.build(shape);
      shape = layer.compute_output_shape(shape);
    }
  }

  Values call_all(const Call<Value>& call, const CallOptions& options) override {
    Value output = call.inputs().front();
    if (const auto mask = call.tensor("mask")) output.mask = mask->tensor;
    for (const Layer& layer : layers_) output = layer->run(output, options);
    return {output};
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors& inputs) override {
    return planned_graph(chain_of(layers_), planner, inputs);
  }

  Shape output_shape(const Shape& input_shape) const override {
    Shape shape = input_shape;
    for (const Layer& layer : layers_) shape = layer.compute_output_shape(shape);
    return shape;
  }

  bool supports_masking() const override { return true; }
  std::vector<at::Tensor> output_masks(const Call<Value>&, const Values& outputs) const override {
    return {outputs.front().mask};
  }

  std::vector<Layer> sublayers() const override { return layers_; }
  std::vector<std::pair<std::string, Layer>> saved_parts() const override {
    auto parts = LayerImpl::saved_parts();
    for (auto& [path, layer] : parts) path.insert(0, "layers/");
    return parts;
  }

 private:
  void register_layers() {
    for (const Layer& layer : layers_) register_module(fmt::format("layer_{}", children().size()), layer.impl());
  }

  std::vector<Layer> layers_;
};

}  // namespace

Pipeline::Pipeline(std::vector<Layer> layers, PipelineOptions options)
    : Layer(std::make_shared<PipelineImpl>(std::move(layers), std::move(options))) {}
Pipeline::Pipeline(std::initializer_list<Layer> layers, PipelineOptions options)
    : Pipeline(std::vector<Layer>(layers), std::move(options)) {}

void register_pipeline(Registry<LayerImpl>& layers) { layers.add<PipelineImpl>("Pipeline"); }

}  // namespace keraslike::layers

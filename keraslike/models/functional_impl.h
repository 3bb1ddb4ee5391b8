#pragma once

// For sources.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keraslike/layers/graph_plan.h"
#include "keraslike/layers/takes_texts.h"
#include "keraslike/models/graph.h"
#include "keraslike/models/model_impl.h"

namespace keraslike::models {

// A model that is a graph of layers, from `Model({.inputs = ..., .outputs = ...})`.
class FunctionalImpl final : public ModelImpl, public layers::TakesTexts {
 public:
  FunctionalImpl() = default;
  explicit FunctionalImpl(ModelOptions options);

  void fields(Fields& field) override;
  std::optional<Shape> build_config() const override { return std::nullopt; }
  void build_from_config(const Shape&) override {}

  bool takes_texts() const override;
  bool takes_numbers() const override;

  std::vector<Layer> layers() const override;
  std::vector<Layer> operations() const override { return graph_.operations; }
  std::vector<std::string> connections() const override;
  std::optional<Shape> known_input_shape() const override;
  std::vector<std::pair<Layer, at::Tensor>> trace(const training::Tensors& x) override;

  std::vector<std::string> parameters() const override { return {"inputs", "training", "mask"}; }
  void check_call(const layers::Call<layers::TensorSpec>& call) const override;
  void build_call(const layers::Call<layers::TensorSpec>&) override {}  // all is built
  std::vector<layers::TensorSpec> output_specs(const layers::Call<layers::TensorSpec>& call) const override;
  layers::Values call_all(const layers::Call<layers::Value>& call, const layers::CallOptions& options) override;
  bool supports_masking() const override { return true; }
  bool autocasts() const override { return false; }  // inputs become what they were declared as
  std::vector<at::Tensor> output_masks(const layers::Call<layers::Value>&, const layers::Values&) const override {
    return {};  // the last layers' are there already
  }

  std::optional<layers::PlannedLayer> plan(const layers::StepPlanner& planner,
                                           const std::vector<layers::PlanTensor>& inputs) override;
  layers::Values forward(const training::Tensors& inputs, const layers::CallOptions& options) override;
  std::vector<training::InputSpec> declared_inputs() const override;
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  std::vector<std::string> output_names() const override;
  void ensure_network_built(const std::vector<Shape>&) override {}

  const KerasTensors& inputs() const { return inputs_; }
  const KerasTensors& outputs() const { return outputs_; }

 private:
  // One call, with the places of its tensors among all tensors of the model.
  struct Step {
    Layer layer;
    layers::Call<size_t> call;
    size_t first_output;
    size_t outputs;
  };

  bool is_chain() const;
  layers::CallGraph calls() const;
  void connect(KerasTensors inputs, KerasTensors outputs);
  std::vector<Step> steps_of(const Graph& graph);
  layers::Values run_graph(const layers::Values& inputs, const layers::CallOptions& options,
                           std::vector<std::pair<Layer, at::Tensor>>* seen);
  template <class T>
  std::vector<T> in_order(const layers::Call<T>& call) const;
  layers::Values masked_in_order(const layers::Call<layers::Value>& call) const;
  void read_graph(Fields& field);
  void write_graph(Fields& field);

  KerasTensors inputs_;
  KerasTensors outputs_;
  Graph graph_;
  std::vector<Step> steps_;
  std::vector<size_t> input_places_;
  std::vector<size_t> output_places_;
  size_t places_ = 0;
};

}  // namespace keraslike::models

#pragma once

// For sources.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "keraslike/layers/input_layer.h"
#include "keraslike/layers/takes_texts.h"
#include "keraslike/models/model_impl.h"
#include "keraslike/models/sequential.h"

namespace keraslike::models {

class SequentialImpl final : public ModelImpl, public layers::TakesTexts {
 public:
  SequentialImpl() = default;
  explicit SequentialImpl(SequentialOptions options);

  void fields(Fields& field) override;
  std::optional<Shape> build_config() const override { return built_ ? batch_shape_ : std::nullopt; }

  void add(const SequentialItem& item);
  void pop();

  bool takes_texts() const override { return input_ && input_->is_text(); }
  bool takes_numbers() const override { return !takes_texts(); }

  std::vector<Layer> layers() const override { return layers_; }
  std::optional<Shape> known_input_shape() const override { return batch_shape_; }
  std::optional<Shape> declared_input_shape() const override {
    return batch_shape_ ? std::optional<Shape>(batch_shape_->without_batch()) : std::nullopt;
  }

  void build(const Shape& input_shape) override;
  std::vector<std::string> parameters() const override { return {"inputs", "training", "mask"}; }
  layers::Values call_all(const layers::Call<layers::Value>& call, const layers::CallOptions& options) override;
  bool supports_masking() const override { return true; }
  bool autocasts() const override { return false; }  // inputs become what they were declared as
  std::vector<at::Tensor> output_masks(const layers::Call<layers::Value>&, const layers::Values&) const override {
    return {};  // the last layer's is there already
  }
  Shape output_shape(const Shape& input_shape) const override;
  std::vector<layers::TensorSpec> output_specs(const layers::Call<layers::TensorSpec>& call) const override;
  void check_input(const Shape& input_shape) const override;

  std::vector<std::pair<Layer, at::Tensor>> trace(const training::Tensors& x) override;
  layers::Values forward(const training::Tensors& inputs, const layers::CallOptions& options) override;
  std::vector<training::InputSpec> declared_inputs() const override;
  std::optional<layers::PlannedLayer> plan(const layers::StepPlanner& planner,
                                           const std::vector<layers::PlanTensor>& inputs) override;
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  std::vector<std::string> output_names() const override;
  void ensure_network_built(const std::vector<Shape>& inputs) override;

 private:
  void add_input(const Input& input);
  void add_layer(const Layer& layer);
  void declare(std::shared_ptr<layers::InputLayerImpl> input);
  static std::shared_ptr<layers::InputLayerImpl> input_of(const Shape& batch_shape, std::string dtype);
  std::vector<NameOr<Layer>> with_input_layer() const;

  std::vector<Layer> layers_;
  std::optional<Shape> batch_shape_;  // of the input, once an Input, a layer or data have said it
  bool declared_ = false;             // by the user, not by data
  std::shared_ptr<layers::InputLayerImpl> input_;
};

}  // namespace keraslike::models

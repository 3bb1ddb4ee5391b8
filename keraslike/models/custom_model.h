#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keraslike/models/model_impl.h"
#include "keraslike/saving/built_shapes.h"
#include "keraslike/training/batch_step.h"

namespace keraslike::models {

using training::Tensors;

// The base of the user's own models, as `keras.Model` is for Python's classes. Say what the model computes (`call`) and
// what shape comes out (`output_shape`); keep its layers with `track`, under the names that Python's attributes would
// have, which are those in files. `train_step` and `test_step` may do something else with a batch than Keras does.
//
// A handle is made with `Model::of<MyModelImpl>(...)`. Registered with `registry<layers::LayerImpl>().add_custom`, the
// model is read back from files; what `fields` declares is its constructor's arguments.
class CustomModelImpl : public ModelImpl, public training::OwnSteps, public saving::BuiltForShapes {
 public:
  using ModelImpl::ModelImpl;

  // For rows of the first axis; runs the layers: `last_(first_(input, options), options)`.
  at::Tensor call(const at::Tensor& input, const layers::CallOptions& options) override;

  // With the batch axis, which may be open.
  Shape output_shape(const Shape& input_shape) const override;

  // Models of several inputs or outputs have these in place of the two above, and say their names: one for each, as the
  // keys of a dict in Python, or empty for a list. Data are passed by these names or in this order; losses and metrics
  // go by the names of the outputs, or in their order.
  virtual Tensors call_several(const Tensors& inputs, const layers::CallOptions& options);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  virtual std::vector<std::string> input_names() const { return {""}; }
  std::vector<std::string> output_names() const override { return {name()}; }

  // By default the layers are built by running the model on a row of zeros, in inference mode.
  void build(const Shape& input_shape) override;

  training::StepLogs train_step(training::BatchStep& step) override;
  training::StepLogs test_step(training::BatchStep& step) override;

  std::vector<Layer> layers() const override;
  std::vector<std::pair<std::string, Layer>> saved_parts() const override { return parts_; }
  std::optional<Shape> known_input_shape() const override;
  std::vector<std::pair<Layer, at::Tensor>> trace(const Tensors& x) override;
  layers::Values forward(const Tensors& inputs, const layers::CallOptions& options) override;
  OwnSteps* own_steps() override { return this; }
  std::vector<training::InputSpec> declared_inputs() const override;
  void ensure_network_built(const std::vector<Shape>& inputs) override;

  void check_call(const layers::Call<layers::TensorSpec>& call) const override;
  void build_call(const layers::Call<layers::TensorSpec>& call) override;
  std::vector<layers::TensorSpec> output_specs(const layers::Call<layers::TensorSpec>& call) const override;
  layers::Values call_all(const layers::Call<layers::Value>& call, const layers::CallOptions& options) override;

  NamedShapes built_for() const override;
  void build_for(const NamedShapes& shapes) override;

 protected:
  // Makes the layer part of the model and returns it. Throws ValueError where the name is taken.
  template <class AnyLayer>
  AnyLayer track(const std::string& attribute, AnyLayer layer) {
    add_part(attribute, layer);
    return layer;
  }

 private:
  void add_part(const std::string& attribute, const Layer& layer);
  void run_on_zeros(const std::vector<Shape>& inputs);

  std::vector<std::pair<std::string, Layer>> parts_;
  std::vector<Shape> built_shapes_;  // of several inputs
};

}  // namespace keraslike::models

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keraslike/models/model_impl.h"
#include "keraslike/training/batch_step.h"

namespace keraslike::models {

// The base of the user's own models, as `keras.Model` is for Python's classes. Say what the model computes (`call`) and
// what shape comes out (`output_shape`); keep its layers with `track`, under the names that Python's attributes would
// have, which are those in files. `train_step` and `test_step` may do something else with a batch than Keras does.
//
// A handle is made with `Model::of<MyModelImpl>(...)`. Registered with `registry<layers::LayerImpl>().add_custom`, the
// model is read back from files; what `fields` declares is its constructor's arguments.
class CustomModelImpl : public ModelImpl, public training::OwnSteps {
 public:
  using ModelImpl::ModelImpl;

  // For rows of the first axis; runs the layers: `last_(first_(input, options), options)`.
  at::Tensor call(const at::Tensor& input, const layers::CallOptions& options) override = 0;

  // With the batch axis, which may be open.
  Shape output_shape(const Shape& input_shape) const override = 0;

  // By default the layers are built by running `call` on a row of zeros, in inference mode.
  void build(const Shape& input_shape) override;

  training::StepLogs train_step(training::BatchStep& step) override;
  training::StepLogs test_step(training::BatchStep& step) override;

  std::vector<Layer> layers() const override;
  std::vector<std::pair<std::string, Layer>> saved_parts() const override { return parts_; }
  std::optional<Shape> known_input_shape() const override;
  std::vector<std::pair<Layer, at::Tensor>> trace(const training::Tensors& x) override;
  layers::Values forward(const training::Tensors& inputs, const layers::CallOptions& options) override;
  OwnSteps* own_steps() override { return this; }
  std::vector<training::InputSpec> declared_inputs() const override { return {}; }
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  std::vector<std::string> output_names() const override { return {name()}; }
  void ensure_network_built(const std::vector<Shape>& inputs) override { ensure_built(inputs.front()); }

 protected:
  // Makes the layer part of the model and returns it. Throws ValueError where the name is taken.
  template <class AnyLayer>
  AnyLayer track(const std::string& attribute, AnyLayer layer) {
    add_part(attribute, layer);
    return layer;
  }

 private:
  void add_part(const std::string& attribute, const Layer& layer);

  std::vector<std::pair<std::string, Layer>> parts_;
};

}  // namespace keraslike::models

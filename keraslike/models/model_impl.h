#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keraslike/layers/layer_impl.h"
#include "keraslike/models/model.h"
#include "keraslike/training/network.h"

namespace keraslike::training {
class Trainer;
}  // namespace keraslike::training

namespace keraslike::models {

// What a model is inside: a layer made of layers, and a trainer that fits it.
class ModelImpl : public layers::LayerImpl, public training::Network, public saving::Compilable {
 public:
  ModelImpl();
  explicit ModelImpl(layers::LayerArguments arguments);

  // The layers of `model.layers`, in Keras' order.
  virtual std::vector<Layer> layers() const = 0;
  std::vector<Layer> sublayers() const override { return layers(); }

  // The rows of a summary: the layers, and the operations between them.
  virtual std::vector<Layer> operations() const { return layers(); }

  // Where each operation gets its inputs from, as summaries tell it: "dense[0][0]". Empty for layers in a row.
  virtual std::vector<std::string> connections() const { return {}; }
  std::vector<std::pair<std::string, Layer>> saved_parts() const override;

  // Shapes of input and output, with the batch axis. Empty before the model is built.
  virtual std::optional<Shape> known_input_shape() const = 0;

  // Each layer with what it makes of these rows, in the order of `layers`.
  virtual std::vector<std::pair<Layer, at::Tensor>> trace(const training::Tensors& x) = 0;

  layers::LayerImpl& root() override { return *this; }
  bool casts_outputs() const override { return false; }  // each layer has done so

  bool has_compile_config() const override;
  void compile_fields(Fields& field) override;

  training::Trainer& trainer() { return *trainer_; }

 private:
  std::shared_ptr<training::Trainer> trainer_;
};

// What a layer is called among the modules of its model: LibTorch keeps dots for paths.
std::string module_name(std::string layer_name);

// Makes the classes of models known to those who read files. Called by whoever may read one first.
void register_models();

}  // namespace keraslike::models

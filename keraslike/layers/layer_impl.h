#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/ivalue.h>  // first, see keraslike/torch.h
#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include "keraslike/initializers/initializer.h"
#include "keraslike/layers/layer.h"
#include "keraslike/layers/weight.h"
#include "keraslike/saving/configured.h"
#include "keraslike/utils/dtype.h"

namespace keraslike::layers {

class StepPlanner;
struct PlannedLayer;
struct PlanTensor;

// The arguments that every layer has.
struct LayerArguments {
  std::string name = {};
  bool trainable = true;
  std::optional<Shape> input_shape = {};  // without the batch axis; Keras' older way to say `Input(shape)`
  NameOr<Regularizer> activity_regularizer = none;
};

struct WeightOptions {
  NameOr<Regularizer> regularizer = none;
  NameOr<Constraint> constraint = none;
  bool trainable = true;
  DType dtype = DType::Float32;
  std::vector<int64_t> stored = {};  // Keras' axes in the order in which LibTorch stores them
  at::Tensor tensor = {};            // the weight of a LibTorch module to fill; by default one is made and registered
};

// The layer that is being built or called, inside those that contain it: "sequential/dense". Paths of weights and error
// messages come from it.
class NameScope {
 public:
  explicit NameScope(const std::string& name);
  ~NameScope();
  NameScope(const NameScope&) = delete;
  NameScope& operator=(const NameScope&) = delete;

  static std::string path();
};

// What a layer is inside. Write one in this order: constructor, fields, build, call, output_shape, members.
// All shapes have the batch axis first, `none` where it is open.
class LayerImpl : public torch::nn::Module, public saving::Configured {
 public:
  LayerImpl() = default;
  explicit LayerImpl(LayerArguments arguments);

  // Calls this one first.
  void fields(Fields& field) override;

  std::optional<Shape> build_config() const override;
  void build_from_config(const Shape& input_shape) override { ensure_built(input_shape); }

  // Makes the weights; `add_weight` and LibTorch's modules are called here. Not for layers without weights.
  virtual void build(const Shape& input_shape);

  virtual at::Tensor call(const at::Tensor& input, const CallOptions& options) = 0;

  virtual Shape output_shape(const Shape& input_shape) const { return input_shape; }

  // Throws ValueError where an input of this shape can not be used; asked before anything is built or computed.
  virtual void check_input(const Shape& input_shape) const;

  // The layer's part of a planned step of training or prediction, as layers/plan.h describes; by default none, and the
  // model runs on autograd. The layer is built.
  virtual std::optional<PlannedLayer> plan(const StepPlanner& planner, const std::vector<PlanTensor>& inputs);

  // Layers inside this one, in Keras' order. Their weights follow this layer's own.
  virtual std::vector<Layer> sublayers() const { return {}; }

  // The same layers under the names that files of weights have for them; by default their class' name and a number.
  virtual std::vector<std::pair<std::string, Layer>> saved_parts() const;

  // What training and models use.
  at::Tensor run(const at::Tensor& input, const CallOptions& options);
  std::optional<PlannedLayer> planned(const StepPlanner& planner, const std::vector<PlanTensor>& inputs);
  void ensure_built(const Shape& input_shape);
  bool built() const;
  const Shape& built_shape() const { return built_shape_; }  // of the input, once built
  Shape checked_output_shape(const Shape& input_shape) const;
  std::vector<WeightPtr> weights() const;            // Keras' order: per layer, trainable ones first
  std::vector<WeightPtr> own_weights() const;        // without those of layers inside
  std::vector<WeightPtr> trainable_weights() const;  // those that `fit` changes
  std::vector<at::Tensor> take_losses();             // activity penalties of the last call, then forgotten

  const std::string& name() const { return arguments_.name; }
  void set_name(std::string name) { arguments_.name = std::move(name); }
  std::string class_name() const;
  bool trainable() const { return arguments_.trainable; }
  void set_trainable(bool trainable);

  // The input's shape without the batch axis, where the layer was told: `.input_shape`, or a model's own input.
  virtual std::optional<Shape> declared_input_shape() const { return arguments_.input_shape; }

 protected:
  // Declares a weight in Keras' shape, fills it, and returns the tensor to compute with.
  at::Tensor add_weight(const std::string& name, const Shape& shape, const NameOr<Initializer>& initializer,
                        const WeightOptions& options = {});

  // A LibTorch module as part of this layer. LibTorch draws initial values from the default generator in the module's
  // constructor; Keras draws none there, so the generator is put back to where it was.
  template <class Holder, class Options>
  Holder own(const std::string& name, const Options& options) {
    const KeptGenerator kept;
    return register_module(name, Holder(options));
  }

  // For `fields`: Keras writes it for some layers always, for others only where it is set.
  NameOr<Regularizer>& activity_regularizer() { return arguments_.activity_regularizer; }

  // Keras' input checks, with its words.
  void expect_rank(const Shape& input, int64_t rank) const;
  void expect_min_rank(const Shape& input, int64_t rank) const;
  void expect_axis(const Shape& input, int64_t axis, int64_t size) const;

  bool built_ = false;
  Shape built_shape_;  // the shape that `build` was called with

 private:
  // Remembers the state of LibTorch's default generator and brings it back.
  class KeptGenerator {
   public:
    KeptGenerator();
    ~KeptGenerator();
    KeptGenerator(const KeptGenerator&) = delete;
    KeptGenerator& operator=(const KeptGenerator&) = delete;

   private:
    at::Tensor state_;
  };

  [[noreturn]] void refuse(const std::string& expected, const Shape& input) const;
  void follow_trainable() const;
  at::Tensor call_with_context(const at::Tensor& input, const CallOptions& options);

  LayerArguments arguments_;
  std::string dtype_ = "float32";
  std::vector<WeightPtr> own_weights_;
  std::vector<at::Tensor> losses_;
};

}  // namespace keraslike::layers

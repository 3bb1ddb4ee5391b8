#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/ivalue.h>  // first, see keraslike/torch.h
#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include "keraslike/initializers/initializer.h"
#include "keraslike/layers/call.h"
#include "keraslike/layers/layer.h"
#include "keraslike/layers/weight.h"
#include "keraslike/saving/configured.h"
#include "keraslike/utils/dtype_policy.h"

namespace keraslike::layers {

class StepPlanner;
struct PlannedLayer;
struct PlanTensor;

// The arguments that every layer has.
struct LayerArguments {
  std::string name = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};  // by default `config::dtype_policy()`
  std::optional<Shape> input_shape = {};  // without the batch axis; Keras' older way to say `Input(shape)`
  NameOr<Regularizer> activity_regularizer = none;
};

// Those of them that a struct of options has.
template <class Options>
LayerArguments layer_arguments(const Options& options) {
  LayerArguments arguments{.name = options.name, .trainable = options.trainable, .dtype = options.dtype};
  if constexpr (requires { options.input_shape; }) arguments.input_shape = options.input_shape;
  if constexpr (requires { options.activity_regularizer; }) {
    arguments.activity_regularizer = options.activity_regularizer;
  }
  return arguments;
}

// A tensor that flows between layers, and which of its steps count; the mask is undefined where all do.
struct Value {
  at::Tensor tensor;
  at::Tensor mask = {};
};

using Values = std::vector<Value>;

struct WeightOptions {
  NameOr<Regularizer> regularizer = none;
  NameOr<Constraint> constraint = none;
  bool trainable = true;
  std::optional<DType> dtype = {};   // by default the policy's
  bool autocast = true;              // false: the layer computes with the weight as it is kept, or changes it itself
  std::vector<int64_t> stored = {};  // Keras' axes in the order in which LibTorch stores them
  at::Tensor* tensor = nullptr;      // the weight of a LibTorch module to fill; by default one is made and registered
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

// The first line of LibTorch's text, without the backtrace, short enough for a message.
std::string reason_of(const c10::Error& error);

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

  virtual at::Tensor call(const at::Tensor& input, const CallOptions& options);

  virtual Shape output_shape(const Shape& input_shape) const { return input_shape; }

  // Throws ValueError where an input of this shape can not be used; asked before anything is built or computed.
  virtual void check_input(const Shape& input_shape) const;

  // Layers of several tensors, or with other arguments than their input, have these in place of the four above. The
  // names are those of Keras' `call`, in its order.
  virtual std::vector<std::string> parameters() const { return {"inputs"}; }
  virtual void check_call(const Call<TensorSpec>& call) const;
  virtual void build_call(const Call<TensorSpec>& call);
  virtual std::vector<TensorSpec> output_specs(const Call<TensorSpec>& call) const;
  virtual Values call_all(const Call<Value>& call, const CallOptions& options);

  // Whether masks reach the layers behind this one, and which, in the order of the outputs: by default that of the first
  // input, as it is, for the first output.
  virtual bool supports_masking() const { return false; }
  virtual std::vector<at::Tensor> output_masks(const Call<Value>& call, const Values& outputs) const;

  // The layer's part of a planned step of training or prediction, as layers/plan.h describes; by default none, and the
  // model runs on autograd. The layer is built.
  virtual std::optional<PlannedLayer> plan(const StepPlanner& planner, const std::vector<PlanTensor>& inputs);

  // Whether floating inputs come in the compute dtype, as in Keras but for a few layers, and outputs go in it.
  virtual bool autocasts() const { return !is_operation(); }
  virtual bool casts_outputs() const { return !is_operation(); }

  // Whether it can be built only where the number of rows is known.
  virtual bool needs_batch_size() const { return false; }

  // Of a layer that remembers its last batch.
  virtual void reset_states() {}

  // Layers inside this one, in Keras' order. Their weights follow this layer's own.
  virtual std::vector<Layer> sublayers() const { return {}; }

  // The same layers under the names that files of weights have for them; by default their class' name and a number.
  virtual std::vector<std::pair<std::string, Layer>> saved_parts() const;

  // What training and models use.
  Values run_all(const Call<Value>& call, const CallOptions& options);
  Value run(const Value& input, const CallOptions& options) { return run_all(input, options).front(); }
  at::Tensor run(const at::Tensor& input, const CallOptions& options) { return run(Value{input}, options).tensor; }
  std::optional<PlannedLayer> planned(const StepPlanner& planner, const std::vector<PlanTensor>& inputs);
  void ensure_built(const Call<TensorSpec>& call);  // weights come to be where `config::set_device` said
  void ensure_built(const Shape& input_shape) { ensure_built(TensorSpec{input_shape}); }
  bool built() const;
  const std::vector<TensorSpec>& built_outputs() const { return built_outputs_; }  // of the first call
  std::vector<TensorSpec> checked_output_specs(const Call<TensorSpec>& call) const;
  Shape checked_output_shape(const Shape& input_shape) const;
  int64_t count_call() { return calls_++; }  // of calls in graphs
  std::vector<WeightPtr> weights() const;            // Keras' order: per layer, trainable ones first
  std::vector<WeightPtr> own_weights() const;        // without those of layers inside
  std::vector<WeightPtr> trainable_weights() const;  // those that `fit` changes
  std::vector<at::Tensor> take_losses();             // activity penalties of the last call, then forgotten

  // True for what is part of a graph but no layer of Keras': additions and other `ops`.
  virtual bool is_operation() const { return false; }

  const std::string& name() const { return arguments_.name; }
  void set_name(std::string name) { arguments_.name = std::move(name); }
  std::string class_name() const;

  // The name of Keras' class where it is another one than files say; automatic names come from it.
  virtual std::string own_class_name() const { return class_name(); }

  bool trainable() const { return arguments_.trainable; }
  void set_trainable(bool trainable);

  // Before the layer is built: weights stay what they are.
  const DTypePolicy& dtype_policy() const { return policy_; }
  void set_dtype_policy(DTypePolicy policy) { policy_ = std::move(policy); }
  DType compute_dtype() const { return policy_.compute_dtype(); }
  DType variable_dtype() const { return policy_.variable_dtype(); }

  // The input's shape without the batch axis, where the layer was told: `.input_shape`, or a model's own input.
  virtual std::optional<Shape> declared_input_shape() const { return arguments_.input_shape; }

 protected:
  // Declares a weight in Keras' shape, fills it, and returns the tensor to compute with: the weight, or where that is
  // kept in another dtype, what `run` makes of it at each call. To change such a weight say `.autocast = false`.
  at::Tensor add_weight(const std::string& name, const Shape& shape, const NameOr<Initializer>& initializer,
                        const WeightOptions& options = {});

  // Counts a weight of a layer inside as this layer's own too.
  void share_weight(WeightPtr weight) { own_weights_.push_back(std::move(weight)); }

  // For `lora_rank`: keeps a weight as it is, and adds to it what trains. Compute with the `effective` of what comes
  // back.
  WeightPtr add_lora(const std::string& weight_name, int64_t rank, int64_t alpha,
                     const NameOr<Regularizer>& regularizer);

  // A LibTorch module as part of this layer. LibTorch draws initial values from the default generator in the module's
  // constructor; Keras draws none there, so the generator is put back to where it was.
  template <class Holder, class Options>
  Holder own(const std::string& name, const Options& options) {
    const KeptGenerator kept;
    return register_module(name, Holder(options));
  }

  // For what has weights before it is built, and is run to be built.
  void move_to_configured_device();

  // For `fields`: Keras writes it for some layers always, for others only where it is set.
  NameOr<Regularizer>& activity_regularizer() { return arguments_.activity_regularizer; }

  // Keras' input checks, with its words.
  void expect_rank(const Shape& input, int64_t rank) const;
  void expect_min_rank(const Shape& input, int64_t rank) const;
  void expect_axis(const Shape& input, int64_t axis, int64_t size) const;

  bool built_ = false;
  Shape built_shape_;  // of the first input that the layer was built for

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
  void find_policy();
  Values call_with_context(const Call<Value>& call, const CallOptions& options);
  void set_masks(const Call<Value>& call, Values& outputs) const;
  void record_activity(const Values& outputs);
  void store(Weight& weight, const at::Tensor& values, bool is_empty, const WeightOptions& options);
  void cast_weights() const;
  void cast_outputs(Values& outputs) const;
  std::vector<TensorSpec> typed_output_specs(const Call<TensorSpec>& call) const;

  LayerArguments arguments_;
  DTypePolicy policy_;
  std::vector<WeightPtr> own_weights_;
  std::vector<at::Tensor> losses_;
  std::vector<TensorSpec> built_outputs_;
  bool has_one_input_ = true;
  int64_t calls_ = 0;
  mutable bool told_of_mask_ = false;
};

}  // namespace keraslike::layers

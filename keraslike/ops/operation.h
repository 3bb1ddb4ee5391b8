#pragma once

// For sources.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "keraslike/layers/layer_impl.h"
#include "keraslike/ops/ops.h"

namespace keraslike::ops {

using Tensors = std::vector<at::Tensor>;
using Argument = layers::Argument<KerasTensor>;

// One of Keras' functions as a node of a graph. Its config is its name and the arguments of Keras' constructor; all
// else is in the call.
class OperationImpl : public layers::LayerImpl {
 public:
  void fields(Fields& field) override;
  bool is_operation() const override { return true; }

  void check_call(const layers::Call<layers::TensorSpec>&) const override {}
  void build_call(const layers::Call<layers::TensorSpec>&) override {}
  std::optional<Shape> build_config() const override { return std::nullopt; }

  // Shapes and dtypes are those of what LibTorch makes of small tensors of ones.
  std::vector<layers::TensorSpec> output_specs(const layers::Call<layers::TensorSpec>& call) const override;
  layers::Values call_all(const layers::Call<layers::Value>& call, const layers::CallOptions& options) override;

  std::optional<layers::PlannedLayer> plan(const layers::StepPlanner& planner,
                                           const std::vector<layers::PlanTensor>& inputs) override;

  // Masks end here, without a word, as in Keras.
  bool supports_masking() const override { return true; }
  std::vector<at::Tensor> output_masks(const layers::Call<layers::Value>&, const layers::Values&) const override {
    return {};
  }

 protected:
  virtual void arguments(Fields&) {}
  virtual Tensors compute(const layers::Call<at::Tensor>& call) const = 0;

  // Two sizes to try for those that are open: what differs in the results is open too.
  virtual std::pair<int64_t, int64_t> trial_sizes() const { return {2, 3}; }

  Tensors tried(const layers::Call<layers::TensorSpec>& call, int64_t open_size) const;
};

// The arguments of a call as tensors, in their order; those of a list one after the other. Numbers become tensors that
// do not decide the dtype; `none` an undefined one.
Tensors operands(const layers::Call<at::Tensor>& call);
at::Tensor operand(const layers::Call<at::Tensor>& call, const std::string& name);

// Integers as float32, as the functions of real numbers see them.
at::Tensor as_float(const at::Tensor& x);

// All of the dtype that they promote to.
Tensors promoted(Tensors tensors);

// Of two shapes with open sizes, aligned at their last axes; throws ValueError where they do not broadcast.
Shape broadcast(const Shape& a, const Shape& b);

// Empty axes are null in configs: all of them.
void axis_field(Fields& field, const char* key, Axes& axis);

// Registers the classes, once; and makes one of them.
void register_ops();
template <class Impl = OperationImpl>
std::shared_ptr<Impl> made(const std::string& class_name) {
  register_ops();
  return std::dynamic_pointer_cast<Impl>(registry<layers::LayerImpl>().make("ops." + class_name));
}

// Calls it on the arguments, which go without names.
KerasTensors called(std::shared_ptr<OperationImpl> operation, std::vector<Argument> arguments);
Argument argument_of(const Operand& operand);
Argument argument_of(const std::vector<KerasTensor>& tensors);

template <class Impl>
void add(const std::string& module, const std::string& class_name) {
  registry<layers::LayerImpl>().add_unlisted<Impl>("ops." + class_name,
                                                   {"keras.src.ops." + module, class_name, class_name});
}

// One per source.
void register_elementwise();
void register_nn();
void register_ordering();
void register_reductions();
void register_selection();
void register_shaping();

}  // namespace keraslike::ops

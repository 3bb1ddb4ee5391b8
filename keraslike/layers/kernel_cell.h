#pragma once

// For sources.

#include <cstdint>
#include <utility>
#include <vector>

#include "keraslike/activations/activation.h"
#include "keraslike/layers/rnn_cell.h"
#include "keraslike/saving/fields.h"

namespace keraslike::layers {

// What cells with a kernel for their inputs and one for their state share: weights, penalties, dropout. `Options` is
// one of the structs in recurrent_cells.h, or has their fields; `StepRank` is the number of axes of one step.
template <class Options, int64_t StepRank>
class KernelCellImpl : public DropoutRNNCellImpl {
 public:
  using CellOptions = Options;
  static constexpr int64_t kStepRank = StepRank;

  void fields(Fields& field) final {
    LayerImpl::fields(field);
    argument_fields(field, nullptr);
  }

  // The arguments of the cell, which are those of the layer around it too, that gives its `activity_regularizer`.
  virtual void argument_fields(Fields& field, NameOr<Regularizer>* activity_regularizer) = 0;

 protected:
  KernelCellImpl() = default;
  KernelCellImpl(LayerArguments arguments, Options&& options)
      : DropoutRNNCellImpl(std::move(arguments)), options_(std::move(options)) {}

  void kernel_fields(Fields& field) {
    field("kernel_initializer", options_.kernel_initializer);
    field("recurrent_initializer", options_.recurrent_initializer);
    field("bias_initializer", options_.bias_initializer);
  }

  // `activity_regularizer` is that of the layer around the cell, which stands in the middle.
  void penalty_fields(Fields& field, NameOr<Regularizer>* activity_regularizer) {
    field("kernel_regularizer", options_.kernel_regularizer);
    field("recurrent_regularizer", options_.recurrent_regularizer);
    field("bias_regularizer", options_.bias_regularizer);
    if (activity_regularizer != nullptr) field("activity_regularizer", *activity_regularizer);
    field("kernel_constraint", options_.kernel_constraint);
    field("recurrent_constraint", options_.recurrent_constraint);
    field("bias_constraint", options_.bias_constraint);
    field("dropout", options_.dropout);
    field("recurrent_dropout", options_.recurrent_dropout);
  }

  // In Keras' shapes; `stored` is LibTorch's order of their axes.
  void add_kernels(const Shape& kernel, const Shape& recurrent_kernel, const std::vector<int64_t>& stored = {}) {
    kernel_ = add_weight("kernel", kernel, options_.kernel_initializer,
                         {.regularizer = options_.kernel_regularizer,
                          .constraint = options_.kernel_constraint,
                          .stored = stored});
    recurrent_kernel_ = add_weight("recurrent_kernel", recurrent_kernel, options_.recurrent_initializer,
                                   {.regularizer = options_.recurrent_regularizer,
                                    .constraint = options_.recurrent_constraint,
                                    .stored = stored});
  }

  void add_bias(const Shape& shape, const NameOr<Initializer>& initializer) {
    if (!options_.use_bias) return;
    bias_ = add_weight("bias", shape, initializer,
                       {.regularizer = options_.bias_regularizer, .constraint = options_.bias_constraint});
  }

  // In Keras' order, which is that of the seeds that are drawn.
  void settle_initializers() {
    options_.kernel_initializer.resolve();
    options_.recurrent_initializer.resolve();
    options_.bias_initializer.resolve();
  }

  void settle_seeds() { settle_dropout(options_.dropout, options_.recurrent_dropout, options_.seed); }

  static void settle_activation(NameOr<activations::Activation>& activation) {
    if (!activation) activation = "linear";
    activation.resolve();
  }

  // Those for the inputs of one step or of several; none where it does not train.
  States masks_for_inputs(const at::Tensor& inputs, bool training) {
    if (!training || !drops(options_.dropout)) return {};
    return input_masks(inputs.dim() > kStepRank ? inputs.select(1, 0) : inputs);
  }
  States masks_for_state(const at::Tensor& state, bool training) {
    if (!training || !drops(options_.recurrent_dropout)) return {};
    return state_masks(state);
  }

  Options options_;
  at::Tensor kernel_;
  at::Tensor recurrent_kernel_;
  at::Tensor bias_;

 private:
  // Keras' cells with gates keep everything at a rate of 1 too, unless a fused form takes their place.
  bool drops(double rate) const {
    constexpr bool has_gates = requires(Options options) { options.recurrent_activation; };
    return rate > 0.0 && (rate < 1.0 || !has_gates || this->has_fused_form());
  }
};

}  // namespace keraslike::layers

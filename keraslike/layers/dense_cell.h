#pragma once

// For sources.

#include <string>
#include <utility>
#include <vector>

#include "keraslike/activations/activation.h"
#include "keraslike/activations/plan.h"
#include "keraslike/layers/rnn_cell.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

// inputs . kernel + bias. With several masks each gate has its own share of the inputs.
at::Tensor projected(const at::Tensor& inputs, const at::Tensor& kernel, const at::Tensor& bias, const States& masks);

// addend + state . kernel, the same way; the addend may be undefined.
at::Tensor plus_product(const at::Tensor& addend, const at::Tensor& state, const at::Tensor& kernel,
                        const States& masks);

// What SimpleRNNCell, LSTMCell and GRUCell share; `Options` is one of the structs in recurrent_cells.h.
template <class Options>
class DenseCellImpl : public DropoutRNNCellImpl {
 public:
  using CellOptions = Options;
  static constexpr int64_t kStepRank = 2;

  void fields(Fields& field) final {
    LayerImpl::fields(field);
    argument_fields(field, nullptr);
  }

  // The arguments of the cell, which are those of the layer around it too, that gives its `activity_regularizer`.
  virtual void argument_fields(Fields& field, NameOr<Regularizer>* activity_regularizer) = 0;

  at::Tensor prepared(const at::Tensor& inputs, bool training) override {
    return projected(inputs, kernel_, bias_, masks_for_inputs(inputs, training));
  }

  std::vector<Shape> state_shapes(const Shape& input) const override { return {output_shape(input)}; }
  Shape output_shape(const Shape& input) const override { return {input[0], units_}; }

  void check_input(const Shape& input) const override {
    expect_min_rank(input, 2);
    if (built_) expect_axis(input, -1, built_shape_.dim(-1));
    if (built_ || input.dim(-1) >= 0) return;
    throw ValueError("{} needs to know the last dimension of its input. Layer '{}' received an input of shape {}.",
                     class_name(), name(), input);
  }

 protected:
  DenseCellImpl() = default;
  DenseCellImpl(int64_t units, Options options)
      : DropoutRNNCellImpl(LayerArguments{options.name, options.trainable, options.input_shape}),
        units_(units),
        options_(std::move(options)) {}

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

  void add_kernels(const Shape& input, int64_t gates) {
    kernel_ = add_weight("kernel", {input.dim(-1), gates * units_}, options_.kernel_initializer,
                         {.regularizer = options_.kernel_regularizer, .constraint = options_.kernel_constraint});
    recurrent_kernel_ =
        add_weight("recurrent_kernel", {units_, gates * units_}, options_.recurrent_initializer,
                   {.regularizer = options_.recurrent_regularizer, .constraint = options_.recurrent_constraint});
  }

  void add_bias(const Shape& shape, const NameOr<Initializer>& initializer) {
    if (!options_.use_bias) return;
    bias_ = add_weight("bias", shape, initializer,
                       {.regularizer = options_.bias_regularizer, .constraint = options_.bias_constraint});
  }

  void settle_units() const {
    if (units_ > 0) return;
    throw ValueError("Received an invalid value for argument `units`, expected a positive integer, got {}.", units_);
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

  // Whether a planned step of sequences can stand for the cell: nothing is dropped, not even in training.
  bool has_planned_form() const {
    return options_.dropout == 0.0 && options_.recurrent_dropout == 0.0 &&
           activations::is_named(**options_.activation, "tanh") &&
           activations::is_named(**options_.recurrent_activation, "sigmoid");
  }

  // Those for the inputs of one step or of several; none where it does not train.
  States masks_for_inputs(const at::Tensor& inputs, bool training) {
    if (!training) return {};
    return input_masks(inputs.dim() > 2 ? inputs.select(1, 0) : inputs);
  }
  States masks_for_state(const at::Tensor& state, bool training) {
    return training ? state_masks(state) : States();
  }

  int64_t units_ = 0;
  Options options_;
  at::Tensor kernel_;
  at::Tensor recurrent_kernel_;
  at::Tensor bias_;
};

}  // namespace keraslike::layers

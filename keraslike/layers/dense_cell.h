#pragma once

// For sources.

#include <utility>
#include <vector>

#include "keraslike/activations/activation.h"
#include "keraslike/activations/plan.h"
#include "keraslike/layers/kernel_cell.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

// inputs . kernel + bias. With several masks each gate has its own share of the inputs.
at::Tensor projected(const at::Tensor& inputs, const at::Tensor& kernel, const at::Tensor& bias, const States& masks);

// addend + state . kernel, the same way; the addend may be undefined.
at::Tensor plus_product(const at::Tensor& addend, const at::Tensor& state, const at::Tensor& kernel,
                        const States& masks);

// What SimpleRNNCell, LSTMCell and GRUCell share; `Options` is one of the structs in recurrent_cells.h.
template <class Options>
class DenseCellImpl : public KernelCellImpl<Options, 2> {
  using Base = KernelCellImpl<Options, 2>;

 public:
  at::Tensor prepared(const at::Tensor& inputs, bool training) override {
    return projected(inputs, this->kernel_, this->bias_, this->masks_for_inputs(inputs, training));
  }

  std::vector<Shape> state_shapes(const Shape& input) const override { return {output_shape(input)}; }
  Shape output_shape(const Shape& input) const override { return {input[0], units_}; }

  void check_input(const Shape& input) const override {
    this->expect_min_rank(input, 2);
    if (this->built_) this->expect_axis(input, -1, this->built_shape_.dim(-1));
    if (this->built_ || input.dim(-1) >= 0) return;
    throw ValueError("{} needs to know the last dimension of its input. Layer '{}' received an input of shape {}.",
                     this->class_name(), this->name(), input);
  }

 protected:
  DenseCellImpl() = default;
  DenseCellImpl(int64_t units, Options options)
      : Base(layer_arguments(options), std::move(options)), units_(units) {}

  void add_kernels_for(const Shape& input, int64_t gates) {
    this->add_kernels({input.dim(-1), gates * units_}, {units_, gates * units_});
  }

  void settle_units() const {
    if (units_ > 0) return;
    throw ValueError("Received an invalid value for argument `units`, expected a positive integer, got {}.", units_);
  }

  // Whether a planned step of sequences can stand for the cell: nothing is dropped, not even in training.
  bool has_planned_form() const {
    const auto& options = this->options_;
    return options.dropout == 0.0 && options.recurrent_dropout == 0.0 &&
           activations::is_named(**options.activation, "tanh") &&
           activations::is_named(**options.recurrent_activation, "sigmoid");
  }

  int64_t units_ = 0;
};

}  // namespace keraslike::layers

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "keraslike/keraslike.h"
#include "keraslike/torch.h"

// The cells of Keras' own tests (keras/src/layers/rnn/rnn_test.py, dropout_rnn_cell_test.py), written as a user writes
// a cell: arguments, weights, shapes, and what one step computes.
namespace parity {

using keraslike::Fields;
using keraslike::Shape;
using keraslike::layers::CellStep;
using keraslike::layers::States;

// output = inputs . kernel + state . recurrent_kernel, which is the new state too.
class OneStateRNNCellImpl : public keraslike::layers::RNNCellImpl {
 public:
  OneStateRNNCellImpl() = default;
  explicit OneStateRNNCellImpl(int64_t units) : units_(units), state_size_{units} {}

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("units", units_);
    field("state_size", state_size_);
  }

  void build(const Shape& input) override {
    kernel_ = add_weight("kernel", {input.back(), units_}, "ones");
    recurrent_kernel_ = add_weight("recurrent_kernel", {units_, units_}, "ones");
  }

  std::vector<Shape> state_shapes(const Shape& input) const override { return {output_shape(input)}; }
  Shape output_shape(const Shape& input) const override { return {input[0], units_}; }

  CellStep step(const at::Tensor& inputs, const States& states, bool) override {
    const at::Tensor output = inputs.matmul(kernel_) + states[0].matmul(recurrent_kernel_);
    return {output, {output}};
  }

 private:
  int64_t units_ = 0;
  std::vector<int64_t> state_size_;
  at::Tensor kernel_;
  at::Tensor recurrent_kernel_;
};

// Two states, both made of the first, whose sum is the output.
class TwoStatesRNNCellImpl : public keraslike::layers::RNNCellImpl {
 public:
  TwoStatesRNNCellImpl() = default;
  explicit TwoStatesRNNCellImpl(int64_t units) : units_(units), state_size_{units, units} {}

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("units", units_);
    field("state_size", state_size_);
  }

  void build(const Shape& input) override {
    kernel_ = add_weight("kernel", {input.back(), units_}, "ones");
    first_ = add_weight("recurrent_kernel_1", {units_, units_}, "ones");
    second_ = add_weight("recurrent_kernel_2", {units_, units_}, "ones");
  }

  std::vector<Shape> state_shapes(const Shape& input) const override {
    return {output_shape(input), output_shape(input)};
  }
  Shape output_shape(const Shape& input) const override { return {input[0], units_}; }

  CellStep step(const at::Tensor& inputs, const States& states, bool) override {
    const at::Tensor h = inputs.matmul(kernel_);
    const at::Tensor one = h + states[0].matmul(first_);
    const at::Tensor two = h + states[0].matmul(second_);
    return {one + two, {one, two}};
  }

 private:
  int64_t units_ = 0;
  std::vector<int64_t> state_size_;
  at::Tensor kernel_;
  at::Tensor first_;
  at::Tensor second_;
};

// The cell of one state, which drops inputs and state in training.
class RNNCellWithDropoutImpl : public keraslike::layers::DropoutRNNCellImpl {
 public:
  RNNCellWithDropoutImpl() = default;
  RNNCellWithDropoutImpl(int64_t units, double dropout, double recurrent_dropout, std::optional<int64_t> seed)
      : units_(units), dropout_(dropout), recurrent_dropout_(recurrent_dropout), seed_(seed) {
    settle_dropout(dropout_, recurrent_dropout_, seed_);
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("units", units_);
    field("dropout", dropout_);
    field("recurrent_dropout", recurrent_dropout_);
    field("seed", seed_);
    if (field.is_reading()) settle_dropout(dropout_, recurrent_dropout_, seed_);
  }

  void build(const Shape& input) override {
    kernel_ = add_weight("kernel", {input.back(), units_}, "ones");
    recurrent_kernel_ = add_weight("recurrent_kernel", {units_, units_}, "ones");
  }

  std::vector<Shape> state_shapes(const Shape& input) const override { return {output_shape(input)}; }
  Shape output_shape(const Shape& input) const override { return {input[0], units_}; }

  CellStep step(const at::Tensor& inputs, const States& states, bool training) override {
    const at::Tensor x = training ? keraslike::layers::masked(inputs, input_masks(inputs).front()) : inputs;
    const at::Tensor h = training ? keraslike::layers::masked(states[0], state_masks(states[0]).front()) : states[0];
    const at::Tensor output = x.matmul(kernel_) + h.matmul(recurrent_kernel_);
    return {output, {output}};
  }

 private:
  int64_t units_ = 0;
  double dropout_ = 0.5;
  double recurrent_dropout_ = 0.5;
  std::optional<int64_t> seed_;
  at::Tensor kernel_;
  at::Tensor recurrent_kernel_;
};

// For `load_model`.
inline keraslike::CustomObjects own_cells() {
  using keraslike::layers::LayerImpl;
  return keraslike::CustomObjects()
      .add<OneStateRNNCellImpl, LayerImpl>("OneStateRNNCell")
      .add<TwoStatesRNNCellImpl, LayerImpl>("TwoStatesRNNCell")
      .add<RNNCellWithDropoutImpl, LayerImpl>("RNNCellWithDropout");
}

}  // namespace parity

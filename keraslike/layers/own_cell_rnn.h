#pragma once

// For sources.

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "keraslike/layers/rnn_impl.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/errors.h"

namespace keraslike::layers {

// The arguments of a layer that belong to its cell.
template <class CellOptions, class Options>
CellOptions cell_options(const Options& options, const std::string& name) {
  CellOptions cell;
  cell.activation = options.activation;
  cell.use_bias = options.use_bias;
  cell.kernel_initializer = options.kernel_initializer;
  cell.recurrent_initializer = options.recurrent_initializer;
  cell.bias_initializer = options.bias_initializer;
  cell.kernel_regularizer = options.kernel_regularizer;
  cell.recurrent_regularizer = options.recurrent_regularizer;
  cell.bias_regularizer = options.bias_regularizer;
  cell.kernel_constraint = options.kernel_constraint;
  cell.recurrent_constraint = options.recurrent_constraint;
  cell.bias_constraint = options.bias_constraint;
  cell.dropout = options.dropout;
  cell.recurrent_dropout = options.recurrent_dropout;
  cell.seed = options.seed;
  if constexpr (requires { cell.recurrent_activation; }) cell.recurrent_activation = options.recurrent_activation;
  if constexpr (requires { cell.unit_forget_bias; }) cell.unit_forget_bias = options.unit_forget_bias;
  if constexpr (requires { cell.reset_after; }) cell.reset_after = options.reset_after;
  cell.trainable = options.trainable;
  cell.dtype = options.dtype;
  cell.name = name;
  return cell;
}

// And those that belong to the loop.
template <class Options>
RNNOptions rnn_options(const Options& options) {
  RNNOptions result{.return_sequences = options.return_sequences,
                    .return_state = options.return_state,
                    .go_backwards = options.go_backwards,
                    .stateful = options.stateful,
                    .zero_output_for_mask = options.zero_output_for_mask,
                    .activity_regularizer = options.activity_regularizer,
                    .input_shape = options.input_shape,
                    .trainable = options.trainable,
                    .dtype = options.dtype,
                    .name = options.name};
  if constexpr (requires { options.unroll; }) result.unroll = options.unroll;
  return result;
}

// An RNN that makes its cell itself, and whose config holds the cell's arguments in place of the cell.
template <class CellImpl>
class OwnCellRNNImpl : public RNNImpl {
 public:
  OwnCellRNNImpl() : OwnCellRNNImpl(empty_cell(), {}) {}
  OwnCellRNNImpl(std::shared_ptr<CellImpl> cell, RNNOptions options)
      : RNNImpl(Layer(cell), std::move(options), CellImpl::kStepRank + 1), own_cell_(std::move(cell)) {}

  // For layers with the argument `use_cudnn`.
  template <class Options>
  void settle_fused(const Options& options) {
    if (const auto* choice = std::get_if<std::string>(&options.use_cudnn); choice != nullptr && *choice != "auto") {
      throw ValueError("Invalid valid received for argument `use_cudnn`. Expected one of {{'auto', True, False}}. "
                       "Received: use_cudnn={}", *choice);
    }
    set_demands_fused(options.use_cudnn == std::variant<bool, std::string>(true));
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    flag_fields(field);
    own_cell_->argument_fields(field, &activity_regularizer());
    if (!field.is_reading()) return;
    own_cell_->set_trainable(trainable());
    own_cell_->set_dtype_policy(dtype_policy());
  }

 private:
  // For a config to fill.
  static std::shared_ptr<CellImpl> empty_cell() {
    auto cell = std::make_shared<CellImpl>();
    cell->set_name(CellImpl::kName);
    return cell;
  }

  std::shared_ptr<CellImpl> own_cell_;
};

// The layer with a new cell.
template <class CellImpl, class Options>
std::shared_ptr<RNNImpl> own_cell_rnn(int64_t units, const Options& options) {
  auto cell =
      std::make_shared<CellImpl>(units, cell_options<typename CellImpl::CellOptions>(options, CellImpl::kName));
  auto layer = std::make_shared<OwnCellRNNImpl<CellImpl>>(std::move(cell), rnn_options(options));
  if constexpr (requires { options.use_cudnn; }) layer->settle_fused(options);
  return layer;
}

}  // namespace keraslike::layers

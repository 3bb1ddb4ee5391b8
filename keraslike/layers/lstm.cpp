#include <ATen/TensorOperators.h>

#include "keraslike/layers/dense_cell.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/forget_bias.h"
#include "keraslike/layers/own_cell_rnn.h"
#include "keraslike/layers/recurrent_cells.h"
#include "keraslike/layers/sequence_plan.h"

namespace keraslike::layers {

namespace {

class LSTMCellImpl final : public DenseCellImpl<LSTMCellOptions> {
 public:
  static constexpr const char* kName = "lstm_cell";

  LSTMCellImpl() = default;
  LSTMCellImpl(int64_t units, LSTMCellOptions options) : DenseCellImpl(units, std::move(options)) { settle(); }

  // A cell's config has `unit_forget_bias` before the initializers, a layer's behind them.
  void argument_fields(Fields& field, NameOr<Regularizer>* activity_regularizer) override {
    const bool is_cell = activity_regularizer == nullptr;
    field("units", units_);
    field("activation", options_.activation);
    field("recurrent_activation", options_.recurrent_activation);
    field("use_bias", options_.use_bias);
    if (is_cell) field("unit_forget_bias", options_.unit_forget_bias);
    kernel_fields(field);
    if (!is_cell) field("unit_forget_bias", options_.unit_forget_bias);
    penalty_fields(field, activity_regularizer);
    field("seed", options_.seed);
    if (field.is_reading()) settle();
  }

  void build(const Shape& input) override {
    add_kernels_for(input, 4);
    add_bias({4 * units_}, options_.unit_forget_bias ? forget_bias(*options_.bias_initializer, units_)
                                                     : options_.bias_initializer);
  }

  std::vector<Shape> state_shapes(const Shape& input) const override {
    return {output_shape(input), output_shape(input)};
  }

  bool has_fused_form() const override { return options_.recurrent_dropout == 0.0; }

  std::optional<PlannedLayer> plan_sequences(const StepPlanner& planner, const PlanTensor& sequences,
                                             const PlanTensors& first_states, const SequenceForm& form) override {
    if (!has_planned_form()) return std::nullopt;
    const at::Tensor bias = bias_.defined() ? bias_.detach() : bias_;
    return planned_lstm(planner, sequences, first_states, form,
                        {kernel_.detach(), recurrent_kernel_.detach(), bias, {}},
                        {planner.gradient_of(kernel_), planner.gradient_of(recurrent_kernel_),
                         planner.gradient_of(bias_), {}});
  }

  CellStep step(const at::Tensor& prepared, const States& states, bool training) override {
    const at::Tensor& h = states[0];
    const auto gates = plus_product(prepared, h, recurrent_kernel_, masks_for_state(h, training)).chunk(4, 1);
    const auto& activation = *options_.activation;
    const auto& gate = *options_.recurrent_activation;
    const at::Tensor c = gate(gates[1]) * states[1] + gate(gates[0]) * activation(gates[2]);
    const at::Tensor output = gate(gates[3]) * activation(c);
    return {output, {output, c}};
  }

 private:
  void settle() {
    settle_units();
    settle_activation(options_.activation);
    settle_activation(options_.recurrent_activation);
    settle_initializers();
    settle_seeds();
    set_mask_count(options_.recurrent_dropout > 0.0 ? 4 : 1);
  }
};

}  // namespace

LSTMCell::LSTMCell(int64_t units, LSTMCellOptions options)
    : Layer(std::make_shared<LSTMCellImpl>(units, std::move(options))) {}
LSTM::LSTM(int64_t units, LSTMOptions options) : RNN(own_cell_rnn<LSTMCellImpl>(units, options)) {}

void register_lstm(Registry<LayerImpl>& layers) {
  layers.add<LSTMCellImpl>("LSTMCell");
  layers.add<OwnCellRNNImpl<LSTMCellImpl>>("LSTM");
}

}  // namespace keraslike::layers

#include <ATen/TensorOperators.h>

#include "keraslike/layers/dense_cell.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/own_cell_rnn.h"
#include "keraslike/layers/recurrent_cells.h"
#include "keraslike/layers/sequence_plan.h"

namespace keraslike::layers {

namespace {

class GRUCellImpl final : public DenseCellImpl<GRUCellOptions> {
 public:
  static constexpr const char* kName = "gru_cell";

  GRUCellImpl() = default;
  GRUCellImpl(int64_t units, GRUCellOptions options) : DenseCellImpl(units, std::move(options)) { settle(); }

  void argument_fields(Fields& field, NameOr<Regularizer>* activity_regularizer) override {
    field("units", units_);
    field("activation", options_.activation);
    field("recurrent_activation", options_.recurrent_activation);
    field("use_bias", options_.use_bias);
    kernel_fields(field);
    penalty_fields(field, activity_regularizer);
    field("reset_after", options_.reset_after);
    field("seed", options_.seed);
    if (field.is_reading()) settle();
  }

  void build(const Shape& input) override {
    add_kernels_for(input, 3);
    const int64_t size = 3 * units_;
    add_bias(options_.reset_after ? Shape{2, size} : Shape{size}, options_.bias_initializer);
  }

  bool has_fused_form() const override { return options_.reset_after && options_.recurrent_dropout == 0.0; }

  at::Tensor prepared(const at::Tensor& inputs, bool training) override {
    return projected(inputs, kernel_, bias_of(0), masks_for_inputs(inputs, training));
  }

  std::optional<PlannedLayer> plan_sequences(const StepPlanner& planner, const PlanTensor& sequences,
                                             const PlanTensors& first_states, const SequenceForm& form) override {
    if (!options_.reset_after || !has_planned_form()) return std::nullopt;
    const auto row = [](const at::Tensor& bias, int64_t i) { return bias.defined() ? bias.detach()[i] : bias; };
    const at::Tensor bias_gradient = planner.gradient_of(bias_);
    return planned_gru(planner, sequences, first_states, form,
                       {kernel_.detach(), recurrent_kernel_.detach(), row(bias_, 0), row(bias_, 1)},
                       {planner.gradient_of(kernel_), planner.gradient_of(recurrent_kernel_), row(bias_gradient, 0),
                        row(bias_gradient, 1)});
  }

  CellStep step(const at::Tensor& prepared, const States& states, bool training) override {
    const at::Tensor& h = states.front();
    const States masks = masks_for_state(h, training);
    const at::Tensor output = options_.reset_after ? reset_after(prepared, h, masks) : reset_before(prepared, h, masks);
    return {output, {output}};
  }

 private:
  void settle() {
    settle_units();
    settle_activation(options_.activation);
    settle_activation(options_.recurrent_activation);
    settle_initializers();
    settle_seeds();
    set_mask_count(options_.recurrent_dropout > 0.0 ? 3 : 1);
  }

  // The first for the inputs, the second for the state.
  at::Tensor bias_of(int64_t row) const {
    return bias_.defined() && options_.reset_after ? bias_.select(0, row) : bias_;
  }

  at::Tensor reset_after(const at::Tensor& inputs, const at::Tensor& h, const States& masks) const {
    const auto x = inputs.chunk(3, 1);
    const auto inner = plus_product(bias_of(1), h, recurrent_kernel_, masks).chunk(3, 1);
    const auto& gate = *options_.recurrent_activation;
    const at::Tensor z = gate(x[0] + inner[0]);
    return mixed(z, h, (*options_.activation)(x[2] + gate(x[1] + inner[1]) * inner[2]));
  }

  at::Tensor reset_before(const at::Tensor& inputs, const at::Tensor& h, const States& masks) const {
    const bool by_gates = masks.size() > 1;
    const at::Tensor kernel = recurrent_kernel_.narrow(1, 0, 2 * units_);
    const auto gates = plus_product(inputs.narrow(1, 0, 2 * units_), h, kernel,
                                    by_gates ? States{masks[0], masks[1]} : masks).chunk(2, 1);
    const auto& gate = *options_.recurrent_activation;
    const at::Tensor z = gate(gates[0]);
    const at::Tensor kept = gate(gates[1]) * (by_gates ? masked(h, masks[2]) : h);
    const at::Tensor candidate = plus_product(inputs.narrow(1, 2 * units_, units_), kept,
                                              recurrent_kernel_.narrow(1, 2 * units_, units_), {});
    return mixed(z, h, (*options_.activation)(candidate));
  }

  static at::Tensor mixed(const at::Tensor& z, const at::Tensor& h, const at::Tensor& candidate) {
    return z * h + (1.0 - z) * candidate;
  }
};

}  // namespace

GRUCell::GRUCell(int64_t units, GRUCellOptions options)
    : Layer(std::make_shared<GRUCellImpl>(units, std::move(options))) {}
GRU::GRU(int64_t units, GRUOptions options) : RNN(own_cell_rnn<GRUCellImpl>(units, options)) {}

void register_gru(Registry<LayerImpl>& layers) {
  layers.add<GRUCellImpl>("GRUCell");
  layers.add<OwnCellRNNImpl<GRUCellImpl>>("GRU");
}

}  // namespace keraslike::layers

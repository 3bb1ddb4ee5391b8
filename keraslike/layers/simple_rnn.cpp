#include "keraslike/layers/dense_cell.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/own_cell_rnn.h"
#include "keraslike/layers/recurrent_cells.h"
#include "keraslike/utils/warnings.h"

namespace keraslike::layers {

namespace {

class SimpleRNNCellImpl final : public DenseCellImpl<SimpleRNNCellOptions> {
 public:
  static constexpr const char* kName = "simple_rnn_cell";

  SimpleRNNCellImpl() = default;
  SimpleRNNCellImpl(int64_t units, SimpleRNNCellOptions options) : DenseCellImpl(units, std::move(options)) {
    settle();
  }

  // Keras' layer takes an `activity_regularizer` but forgets it, and its config forgets the seed.
  void argument_fields(Fields& field, NameOr<Regularizer>* activity_regularizer) override {
    field("units", units_);
    field("activation", options_.activation);
    field("use_bias", options_.use_bias);
    kernel_fields(field);
    penalty_fields(field, activity_regularizer);
    if (activity_regularizer == nullptr) field("seed", options_.seed);
    if (field.is_reading()) settle();
  }

  void build(const Shape& input) override {
    add_kernels_for(input, 1);
    add_bias({units_}, options_.bias_initializer);
  }

  CellStep step(const at::Tensor& prepared, const States& states, bool training) override {
    const at::Tensor& h = states.front();
    const at::Tensor output =
        (*options_.activation)(plus_product(prepared, h, recurrent_kernel_, masks_for_state(h, training)));
    return {output, {output}};
  }

 private:
  void settle() {
    settle_units();
    settle_seeds();
    settle_activation(options_.activation);
    settle_initializers();
  }
};

std::shared_ptr<RNNImpl> make(int64_t units, SimpleRNNOptions options) {
  if (options.activity_regularizer) {
    utils::warn("SimpleRNN does not apply its `activity_regularizer`, as in Keras 3.15. Put an ActivityRegularization "
                "behind it.");
    options.activity_regularizer = none;
  }
  return own_cell_rnn<SimpleRNNCellImpl>(units, options);
}

}  // namespace

SimpleRNNCell::SimpleRNNCell(int64_t units, SimpleRNNCellOptions options)
    : Layer(std::make_shared<SimpleRNNCellImpl>(units, std::move(options))) {}
SimpleRNN::SimpleRNN(int64_t units, SimpleRNNOptions options) : RNN(make(units, std::move(options))) {}

void register_simple_rnn(Registry<LayerImpl>& layers) {
  layers.add<SimpleRNNCellImpl>("SimpleRNNCell");
  layers.add<OwnCellRNNImpl<SimpleRNNCellImpl>>("SimpleRNN");
}

}  // namespace keraslike::layers

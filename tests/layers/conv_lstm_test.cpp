// Numbers of Keras 3.15.1 (torch backend): `layer.build(shape); layer.set_weights(filled); layer(filled)`. Weights and
// inputs are filled with sin(k + 1) / 2, k counting row by row.

#include "keraslike/layers/conv_lstm.h"

#include "layers/golden.h"

using namespace keraslike;
using test::check_close;
using test::check_layer;
using test::fill;
using test::some_input;

namespace {

at::Tensor output_of(const Layer& layer, const Shape& shape, const CallOptions& options = {}) {
  fill(layer, shape);
  return layer(some_input(shape), options);
}

}  // namespace

TEST_CASE("Convolutional LSTMs keep what every layer keeps", "[layers][recurrent]") {
  check_layer(layers::ConvLSTM1D(4, 3), {.input = {2, 3, 6, 2}, .output = {2, 4, 4},
                                         .weights = {{3, 2, 16}, {3, 4, 16}, {16}}});
  check_layer(layers::ConvLSTM2D(2, {2, 3}, {.padding = "same", .use_bias = false, .return_sequences = true}),
              {.input = {2, 3, 4, 5, 2}, .output = {2, 3, 4, 5, 2}, .weights = {{2, 3, 2, 8}, {2, 3, 2, 8}}});
  check_layer(layers::ConvLSTM2D(2, 2, {.strides = 2, .data_format = "channels_first"}),
              {.input = {2, 3, 1, 4, 5}, .output = {2, 2, 2, 2}, .weights = {{2, 2, 1, 8}, {2, 2, 2, 8}, {8}}});
  check_layer(layers::ConvLSTM3D(2, 2), {.input = {2, 2, 3, 3, 3, 1}, .output = {2, 2, 2, 2, 2},
                                         .weights = {{2, 2, 2, 1, 8}, {2, 2, 2, 2, 8}, {8}}});
}

TEST_CASE("Convolutional LSTMs compute Keras' numbers", "[layers][recurrent][golden]") {
  check_close(output_of(layers::ConvLSTM1D(2, 3, {.padding = "same", .return_sequences = true}), {1, 2, 3, 2}),
              {-0.1588566, -0.1989648, -0.1179953, 0.0267999, -0.2384741, -0.1178097, -0.264877, -0.2333594, -0.1387143,
               -0.046756, -0.3731749, -0.0752025});
  check_close(output_of(layers::ConvLSTM1D(1, 2, {.dilation_rate = 2, .use_bias = false}), {1, 2, 5, 1}),
              {0.0431101, 0.0052185, -0.0342478});
  check_close(output_of(layers::ConvLSTM2D(1, {2, 3}, {.padding = "same", .data_format = "channels_first",
                                                       .recurrent_activation = "hard_sigmoid"}), {1, 2, 2, 2, 3}),
              {-0.0022492, -0.061351, -0.0002868, 0.1191262, 0.1060193, -0.0371562});
  check_close(output_of(layers::ConvLSTM3D(1, 2, {.unit_forget_bias = false}), {1, 2, 2, 2, 3, 1}),
              {0.0268754, 0.0318434});
}

TEST_CASE("States of a convolutional LSTM come out after its output", "[layers][recurrent][golden]") {
  const layers::ConvLSTM1D layer(1, 2, {.strides = 2, .return_state = true, .go_backwards = true});
  const Input input({3, 5, 1});
  Model model({.inputs = input, .outputs = layer(input)});
  fill(layer, {1, 3, 5, 1});
  const auto outputs = model.predict_all(some_input({1, 3, 5, 1}), {.verbose = 0});
  REQUIRE(outputs.size() == 3);
  check_close(outputs[0].tensor(), {0.0896282, 0.0353012});
  check_close(outputs[1].tensor(), {0.0896282, 0.0353012});
  check_close(outputs[2].tensor(), {0.2125027, 0.1013449});
}

TEST_CASE("A stateful convolutional LSTM goes on where the last batch ended", "[layers][recurrent][golden]") {
  const layers::ConvLSTM1D layer(1, 2, {.padding = "same", .stateful = true});
  check_close(output_of(layer, {1, 2, 2, 1}), {0.02422066, 0.0279994});
  check_close(layer(some_input({1, 2, 2, 1})), {0.03703085, 0.03922171});
  layer.reset_states();
  check_close(layer(some_input({1, 2, 2, 1})), {0.02422066, 0.0279994});
}

TEST_CASE("A convolutional LSTM leaves masked steps out", "[layers][recurrent][golden]") {
  const at::Tensor mask = at::tensor({1, 1, 0, 0, 1, 1}).reshape({2, 3}).to(at::kBool);
  check_close(output_of(layers::ConvLSTM1D(1, 2, {.padding = "same"}), {2, 3, 2, 1}, {.mask = &mask}),
              {0.0242207, 0.0279994, -0.0126217, 0.0204435});
}

TEST_CASE("Each gate of a convolutional LSTM drops its own share", "[layers][recurrent][golden]") {
  check_close(
      output_of(layers::ConvLSTM1D(1, 2, {.padding = "same", .dropout = 0.4, .recurrent_dropout = 0.3, .seed = 5}),
                {1, 2, 3, 2}, {.training = true}),
      {0.1169462, 0.1284237, -0.0525051});
}

// Keras' torch backend runs LSTM and GRU without `recurrent_dropout` in a fused form, whose inputs are all dropped.
TEST_CASE("Cells with gates drop nothing at a rate of 1, as Keras' do", "[layers][recurrent][golden]") {
  const CallOptions training{.training = true};
  check_close(output_of(layers::ConvLSTM1D(1, 2, {.padding = "same", .dropout = 1.0}), {1, 2, 3, 1}, training),
              {0.0092422, 0.0194178, 0.0267677});
  check_close(output_of(layers::LSTM(1, {.dropout = 1.0, .recurrent_dropout = 1.0}), {1, 2, 3}, training), {0.0197978});
  check_close(output_of(layers::LSTM(1, {.dropout = 1.0}), {1, 2, 3}, training), {0.028087});
  check_close(output_of(layers::GRU(1, {.dropout = 1.0}), {1, 2, 3}, training), {0.0011698});
  check_close(output_of(layers::GRU(1, {.dropout = 1.0, .reset_after = false}), {1, 2, 3}, training), {0.045066});
  check_close(output_of(layers::SimpleRNN(1, {.dropout = 1.0}), {1, 2, 3}, training), {0.5284548});
}

TEST_CASE("A convolutional LSTM draws its first weights as Keras does", "[layers][recurrent][golden]") {
  set_random_seed(3);
  const layers::ConvLSTM1D layer(2, 2);
  layer.build({1, 2, 3, 1});
  const auto weights = layer.get_weights();
  check_close(weights[0].tensor().flatten().slice(0, 0, 4), {-0.443995476, -0.01631242, 0.50635862, -0.13805097});
  check_close(weights[1].tensor().flatten().slice(0, 0, 4), {0.71482873, -0.027792245, 0.52167469, -0.15968738});
  check_close(weights[2].tensor(), {0, 0, 1, 1, 0, 0, 0, 0});
}

TEST_CASE("What a convolutional LSTM can not use is told", "[layers][recurrent][errors]") {
  CHECK_THROWS_WITH(
      layers::ConvLSTM2D(2, 3, {.strides = 2, .dilation_rate = 2}),
      "Specifying `strides > 1` is not compatible with `dilation_rate > 1`. Please provide `strides=1` or "
      "`dilation_rate=1`. Received: strides=(2, 2) and dilation_rate=(2, 2)");
  CHECK_THROWS_WITH(layers::ConvLSTM1D(2, 3, {.padding = "causal"}), ContainsSubstring("causal"));
  const layers::ConvLSTM2D layer(2, 3, {.name = "lstm"});
  CHECK_THROWS_WITH(
      layer(Input({3, none, 5, 2})),
      "ConvLSTM layers only support static input shapes for the spatial dimension. Received invalid input "
      "shape: input_shape=(None, None, 5, 2)");
  CHECK_THROWS_WITH(layer(Input({3, 5, 5, none})), ContainsSubstring("The channel dimension of the inputs (last axis) "
                                                                     "should be defined. Found None."));
  CHECK_THROWS_WITH(layer(Input({5, 5, 2})), ContainsSubstring("ndim=5, found ndim=4"));
  CHECK_THROWS_AS(layer(Input({2, 2, 2, 1})), ValueError);
  CHECK_FALSE(layer.built());
}

#include "keraslike/layers/recurrent.h"

#include "support/check_layer.h"

using namespace keraslike;
using test::check_layer;

// Numbers are compared with Keras by tests/parity and, in many settings, by tests/oracle/settings.py.

TEST_CASE("Recurrent layers keep what every layer keeps", "[layers][recurrent]") {
  check_layer(layers::SimpleRNN(4), {.input = {2, 5, 3}, .output = {2, 4}, .weights = {{3, 4}, {4, 4}, {4}}});
  check_layer(layers::LSTM(4), {.input = {2, 5, 3}, .output = {2, 4}, .weights = {{3, 16}, {4, 16}, {16}}});
  check_layer(layers::LSTM(4, {.return_sequences = true}),
              {.input = {2, 5, 3}, .output = {2, 5, 4}, .weights = {{3, 16}, {4, 16}, {16}}});
  check_layer(layers::GRU(4), {.input = {2, 5, 3}, .output = {2, 4}, .weights = {{3, 12}, {4, 12}, {2, 12}}});
  check_layer(layers::GRU(4, {.use_bias = false, .reset_after = false}),
              {.input = {2, 5, 3}, .output = {2, 4}, .weights = {{3, 12}, {4, 12}}});
}

TEST_CASE("Wrappers have the weights of what they wrap", "[layers][recurrent]") {
  const layers::Bidirectional both(layers::LSTM(4));
  CHECK(both.compute_output_shape({none, 5, 3}) == Shape{none, 8});
  both.build({none, 5, 3});
  CHECK(both.get_weights().size() == 6);
  const layers::TimeDistributed each(layers::Dense(2));
  CHECK(each.compute_output_shape({none, 5, 3}) == Shape{none, 5, 2});
  each.build({none, 5, 3});
  CHECK(each.get_weights().size() == 2);
}

TEST_CASE("States come out, and go into another layer", "[layers][recurrent]") {
  const Input source({5, 3});
  const Input target({6, 2});
  const auto encoded = layers::LSTM(4, {.return_state = true})(source);
  REQUIRE(encoded.size() == 3);
  CHECK(encoded[1].shape() == Shape{none, 4});
  const auto decoded = layers::LSTM(4, {.return_sequences = true})(target, {.initial_state = {encoded[1], encoded[2]}});
  Model model({.inputs = {source, target}, .outputs = decoded});
  const Array x(test::some_input({2, 5, 3}));
  const Array y(test::some_input({2, 6, 2}));
  const Array here = model.predict({x, y}, {.verbose = 0});
  const Array other = model.predict({Array(x.tensor() + 1), y}, {.verbose = 0});
  CHECK(here.shape() == Shape{2, 6, 4});
  CHECK_FALSE(here == other);  // the decoder hears of the source
}

TEST_CASE("Masked steps change nothing", "[layers][recurrent]") {
  const Input input({5, 3});
  Model model({.inputs = input, .outputs = layers::GRU(4)(layers::Masking()(input))});
  at::Tensor x = test::some_input({2, 5, 3}).clone();
  x.slice(1, 3).zero_();
  const Array masked = model.predict(x, {.verbose = 0});
  const Input three({3, 3});
  Model shorter({.inputs = three, .outputs = model.get_layer(2)(three)});
  CHECK(masked.tensor().allclose(shorter.predict(x.slice(1, 0, 3).contiguous(), {.verbose = 0}).tensor(), 1e-6, 1e-7));
}

TEST_CASE("What a recurrent layer can not use is told", "[layers][recurrent]") {
  CHECK_THROWS_WITH(layers::LSTM(0), "Received an invalid value for argument `units`, expected a positive integer, got 0.");
  const Input flat({3});
  CHECK_THROWS_WITH(layers::LSTM(2, {.name = "lstm"})(flat), ContainsSubstring("ndim=3, found ndim=2"));
}

// Numbers of Keras 3.15.1 (torch backend): `layer(some(shape))` after `layer.set_weights([some(w.shape) for w in
// layer.weights])`, with `some(shape) = (np.sin(np.arange(1, n + 1, dtype="float32")) / 2).reshape(shape)`; where
// another source is named, its.

#include <cmath>

#include "support/captured.h"

#include "layers/golden.h"

using namespace keraslike;
using test::check_close;
using test::check_layer;
using test::filled_output;

TEST_CASE("Normalization layers keep the layer contract", "[layers][normalization]") {
  check_layer(layers::BatchNormalization(),
              {.input = {4, 3}, .output = {4, 3}, .weights = {{3}, {3}, {3}, {3}}, .trainable = 2});
  check_layer(layers::BatchNormalization({.axis = 1, .center = false}),
              {.input = {2, 3, 4, 4}, .output = {2, 3, 4, 4}, .weights = {{3}, {3}, {3}}, .trainable = 1});
  check_layer(layers::BatchNormalization({.renorm = true, .renorm_clipping = {{"rmax", 3.0}, {"dmax", none}}}),
              {.input = {4, 3}, .output = {4, 3}, .weights = {{3}, {3}, {3}, {3}, {3}, {3}, {3}}, .trainable = 2});
  check_layer(layers::LayerNormalization(), {.input = {2, 5, 3}, .output = {2, 5, 3}, .weights = {{3}, {3}}});
  check_layer(layers::LayerNormalization({.axis = {-1, 1}, .center = false}),
              {.input = {2, 5, 4, 3}, .output = {2, 5, 4, 3}, .weights = {{5, 3}}});
  check_layer(layers::GroupNormalization({.groups = 2}),
              {.input = {2, 5, 5, 4}, .output = {2, 5, 5, 4}, .weights = {{4}, {4}}});
  check_layer(layers::GroupNormalization({.groups = -1, .axis = 1, .scale = false}),
              {.input = {2, 3, 5}, .output = {2, 3, 5}, .weights = {{3}}});
  check_layer(layers::RMSNormalization(), {.input = {2, 3}, .output = {2, 3}, .weights = {{3}}});
  check_layer(layers::RMSNormalization({.axis = {1, 3}}),
              {.input = {2, 3, 4, 5}, .output = {2, 3, 4, 5}, .weights = {{3, 5}}});
  check_layer(layers::UnitNormalization({.axis = {1, 2}}), {.input = {2, 3, 4}, .output = {2, 3, 4}});
}

TEST_CASE("BatchNormalization normalises with the biased batch variance and follows it", "[layers][golden]") {
  const layers::BatchNormalization norm;
  const at::Tensor output = norm(at::tensor({1.0f, 2.0f, 4.0f}).reshape({3, 1}), {.training = true});
  check_close(output, {-1.0687013, -0.2671753, 1.3358767});
  CHECK(norm.get_weights()[2](0) == Approx(0.0233333).epsilon(1e-5));
  CHECK(norm.get_weights()[3](0) == Approx(1.0055555).epsilon(1e-6));
}

TEST_CASE("BatchNormalization that is not trainable uses its moving statistics in training too", "[layers][golden]") {
  const layers::BatchNormalization norm;
  norm.build({none, 2});
  norm.set_trainable(false);
  const auto before = norm.get_weights();
  const at::Tensor input = test::some_input({4, 2});

  const at::Tensor output = norm(input, {.training = true});

  CHECK(output.allclose(input / std::sqrt(1.0 + 1e-3)));
  CHECK(norm.get_weights() == before);
}

// `gamma.assign([2.0, 0.5]); beta.assign([0.1, -0.2])`, then twice `layer(some((4, 2)), training=True)`.
TEST_CASE("BatchNormalization with renorm corrects towards its moving statistics", "[layers][golden]") {
  const layers::BatchNormalization norm({.momentum = 0.9,
                                         .renorm = true,
                                         .renorm_clipping = {{"rmax", 1.2}, {"rmin", 0.4}, {"dmax", 0.3}},
                                         .renorm_momentum = 0.8});
  norm.build({none, 2});
  auto weights = norm.get_weights();
  weights[0] = Array(at::tensor({2.0f, 0.5f}));
  weights[1] = Array(at::tensor({0.1f, -0.2f}));
  norm.set_weights(weights);
  const at::Tensor x = test::some_input({4, 2});

  check_close(norm(x, {.training = true}),
              {1.0336161, 0.0374024, 0.2371334, -0.4033281, -1.0139052, -0.2770457, 0.8238089, 0.0585808});
  check_close(norm(x, {.training = true}),
              {1.0277228, 0.0473073, 0.2230402, -0.4283916, -1.0408782, -0.2920897, 0.8157556, 0.070166});
  check_close(norm(x), {1.0228044, 0.0461743, 0.2240712, -0.4261694, -1.0305026, -0.2908289, 0.8124045, 0.0688718});

  weights = norm.get_weights();
  check_close(weights[2].tensor(), {0.0161655, 0.0204829});
  check_close(weights[3].tensor(), {0.7678258, 0.7766171});
  check_close(weights[4].tensor(), {0.8768271, 0.881826});
  check_close(weights[5].tensor(), {0.0306294, 0.0388097});
  check_close(weights[6].tensor(), {0.7666199, 0.7760913});
  CHECK_THAT(norm.get_config(), ContainsSubstring(R"("synchronized":false,"renorm":true,"renorm_clipping":)"
                                                  R"({"rmax":1.2,"rmin":0.4,"dmax":0.3},"renorm_momentum":0.8})"));
}

TEST_CASE("LayerNormalization computes what Keras computes", "[layers][golden]") {
  check_close(filled_output(layers::LayerNormalization(), {2, 3}),
              {0.6720672, 0.8136078, -0.0272992, 0.288451, -0.0031885, 0.1637998});
  check_close(filled_output(layers::LayerNormalization({.axis = {1, 2}, .epsilon = 1e-5}), {2, 2, 3}),
              {0.9214454, 1.0384567, 0.0860433, 0.0094733, 0.1463149, -0.0889375, 0.8035004, 1.0763488, 0.1109603,
               -0.0968541, 0.1783198, -0.0371919});
  // NumPy, by the formula: Keras' torch backend can not do a lone axis that is not the last.
  check_close(filled_output(layers::LayerNormalization({.axis = 1}), {1, 3, 2}),
              {0.8923106, 0.9899408, 0.5360957, -0.0071779, -0.0211664, 0.0467747});
}

TEST_CASE("LayerNormalization with rms_scaling divides by the deviation, and warns", "[layers][golden]") {
  const CapturedWarnings warnings;
  const layers::LayerNormalization norm({.scale = false, .rms_scaling = true});
  check_close(filled_output(norm, {2, 3}), {1.0030677, 1.1712885, 0.0282117, -1.0910922, -1.4939293, -0.0675583});
  CHECK(norm.get_weights().size() == 1);
  CHECK_THAT(norm.get_config(), ContainsSubstring(R"("scale":false,"rms_scaling":true)"));
  REQUIRE(warnings.messages.size() == 1);
  CHECK_THAT(warnings.messages[0], StartsWith("You passed `rms_scaling=True`, which is deprecated."));
}

TEST_CASE("GroupNormalization, RMSNormalization and UnitNormalization compute what Keras computes",
          "[layers][golden]") {
  check_close(filled_output(layers::GroupNormalization({.groups = 2}), {1, 3, 4}),
              {0.8838241, 0.998688, 0.0920991, -0.0338287, -0.1877555, 0.2341478, 0.1413871, -0.9285377, 0.6282772,
               0.0639624, -0.0169271, -0.1466714});
  check_close(filled_output(layers::GroupNormalization({.groups = -1, .axis = 1, .epsilon = 1e-5}), {1, 2, 2, 2}),
              {0.7699779, 0.8124521, 0.3314044, -0.2308922, -0.1724375, 0.2292029, 0.7826865, 0.9791429});
  check_close(filled_output(layers::RMSNormalization(), {2, 3}),
              {0.4917774, 0.5742515, 0.0138314, -0.4400999, -0.6025871, -0.0272501});
  check_close(filled_output(layers::RMSNormalization({.axis = {1, 2}}), {1, 2, 3}),
              {0.4905525, 0.5728212, 0.013797, 0.3968006, 0.6370534, 0.0540889});
  check_close(filled_output(layers::UnitNormalization(), {2, 3}),
              {0.6748395, 0.7292346, 0.1131748, -0.6039251, -0.7652174, -0.2229723});
  check_close(filled_output(layers::UnitNormalization({.axis = {1, 2}}), {1, 2, 2}),
              {0.576897, 0.6233975, 0.0967493, -0.5188498});
  CHECK(layers::UnitNormalization()(at::zeros({1, 3})).equal(at::zeros({1, 3})));
}

TEST_CASE("Axes and groups are written as Keras writes them once it has built the layer", "[layers][golden]") {
  const layers::LayerNormalization norm;
  CHECK_THAT(norm.get_config(), ContainsSubstring(R"("axis":-1)"));
  norm.build({none, 3});
  CHECK_THAT(norm.get_config(), ContainsSubstring(R"("axis":[-1],"epsilon":0.001,"center":true,"scale":true,)"
                                                  R"("rms_scaling":false,"beta_initializer":)"));
  const layers::GroupNormalization instance({.groups = -1});
  instance.build({none, 4, 3});
  CHECK_THAT(instance.get_config(), ContainsSubstring(R"("groups":3,"axis":-1)"));
}

TEST_CASE("Normalization layers refuse arguments in the words of Keras", "[layers][errors]") {
  CHECK_THROWS_WITH(layers::BatchNormalization({.synchronized = true}),
                    Equals("Argument synchronized=True is only supported with the TensorFlow backend."));
  CHECK_THROWS_WITH(layers::BatchNormalization({.renorm = true, .renorm_clipping = {{"max", 1.0}}}),
                    StartsWith("Received invalid keys for `renorm_clipping` argument: max."));
  CHECK_THROWS_WITH(layers::BatchNormalization({.renorm = true, .renorm_clipping = {{"rmax", 1.0}, {"rmin", 2.0}}}),
                    StartsWith("rmax should be greater than rmin"));
  CHECK_THROWS_WITH(layers::BatchNormalization({.renorm = true, .renorm_clipping = {{"dmax", -1.0}}}),
                    StartsWith("dmax should be non-negative"));
  CHECK_THROWS_WITH(layers::GroupNormalization({.groups = 0}),
                    StartsWith("Received an invalid value for argument `groups`, expected a positive integer"));
  CHECK_THROWS_WITH(layers::GroupNormalization()(at::zeros({1, 4})),
                    Equals("Number of groups (32) cannot be more than the number of channels (4)."));
  CHECK_THROWS_WITH(layers::GroupNormalization({.groups = 3})(at::zeros({1, 4})),
                    ContainsSubstring("must be a multiple of the number of groups (3)"));
  CHECK_THROWS_WITH(layers::LayerNormalization({.axis = 2})(at::zeros({1, 4})),
                    Equals("Axis 2 is out of bounds for input shape (1, 4). Received: axis=(2,)"));
  CHECK_THROWS_WITH(layers::RMSNormalization({.axis = {1, -1}})(at::zeros({1, 4})), ContainsSubstring("each once"));
  CHECK_THROWS_WITH(layers::LayerNormalization().build({none, none}), ContainsSubstring("a defined dimension"));
}

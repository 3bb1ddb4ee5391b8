// Numbers of Keras 3.15.1 (torch backend): `layer(some(shape))` after `layer.set_weights([some(w.shape) for w in
// layer.weights])`, with `some(shape) = (np.sin(np.arange(1, n + 1, dtype="float32")) / 2).reshape(shape)`.

#include "layers/golden.h"

using namespace keraslike;
using test::check_close;
using test::check_layer;
using test::filled_output;

TEST_CASE("Core and activation layers keep the layer contract", "[layers]") {
  check_layer(layers::Dense(4), {.input = {2, 3}, .output = {2, 4}, .weights = {{3, 4}, {4}}});
  check_layer(layers::Dense(4, {.activation = "relu", .use_bias = false}),
              {.input = {2, 5, 3}, .output = {2, 5, 4}, .weights = {{3, 4}}});
  check_layer(layers::EinsumDense("abc,cd->abd", {none, 4}, {.activation = "relu", .bias_axes = "d"}),
              {.input = {2, 5, 3}, .output = {2, 5, 4}, .weights = {{3, 4}, {4}}});
  check_layer(layers::EinsumDense("...x,xy->...y", 4), {.input = {2, 5, 3}, .output = {2, 5, 4}, .weights = {{3, 4}}});
  check_layer(layers::EinsumDense("ab...,bc->ac...", 4, {.bias_axes = "c"}),
              {.input = {2, 5, 3}, .output = {2, 4, 3}, .weights = {{5, 4}, {4, 1}}});
  check_layer(layers::EinsumDense("abc,cde->abde", {none, 2, 3}, {.bias_axes = "d"}),
              {.input = {2, 4, 5}, .output = {2, 4, 2, 3}, .weights = {{5, 2, 3}, {2, 1}}});
  check_layer(layers::Embedding(5, 4), {.input = {2, 3}, .output = {2, 3, 4}, .weights = {{5, 4}}});
  check_layer(layers::Identity(), {.input = {2, 3}, .output = {2, 3}});
  check_layer(layers::Activation("tanh"), {.input = {2, 3}, .output = {2, 3}});
  check_layer(layers::ReLU({.max_value = 0.4, .negative_slope = 0.1}), {.input = {2, 3}, .output = {2, 3}});
  check_layer(layers::LeakyReLU(0.1), {.input = {2, 3}, .output = {2, 3}});
  check_layer(layers::PReLU(), {.input = {2, 3, 4}, .output = {2, 3, 4}, .weights = {{3, 4}}});
  check_layer(layers::PReLU({.shared_axes = {1, 2}}),
              {.input = {2, 3, 4, 5}, .output = {2, 3, 4, 5}, .weights = {{1, 1, 5}}});
  check_layer(layers::ELU(0.7), {.input = {2, 3}, .output = {2, 3}});
  check_layer(layers::Softmax(), {.input = {2, 3}, .output = {2, 3}});
}

TEST_CASE("PReLU multiplies what is below 0 by its own slopes", "[layers][golden]") {
  check_close(filled_output(layers::PReLU(), {2, 3}),
              {0.4207355, 0.4546487, 0.07056, -0.1592068, -0.2179868, -0.0098578});
  check_close(filled_output(layers::PReLU({.shared_axes = 1}), {1, 2, 4}),
              {0.4207355, 0.4546487, 0.07056, 0.1431875, -0.2017267, -0.0635179, 0.3284933, 0.4946791});
  CHECK_THAT(layers::PReLU().get_config(), ContainsSubstring(R"("shared_axes":null})"));
  CHECK_THAT(layers::PReLU({.shared_axes = 1}).get_config(), ContainsSubstring(R"("shared_axes":[1]})"));
}

TEST_CASE("EinsumDense contracts as its equation says", "[layers][golden]") {
  check_close(filled_output(layers::EinsumDense("abc,cd->abd", {none, 2}, {.bias_axes = "d"}), {1, 2, 3}),
              {0.5960031, 0.4640381, 0.2946824, 0.4835564});
  check_close(filled_output(layers::EinsumDense("...x,xyz->...yz", {2, 2}, {.activation = "tanh", .bias_axes = "z"}),
                            {1, 2, 3}),
              {0.375067, 0.510366, 0.5113027, 0.4632307, 0.4322209, 0.3692856, 0.2971481, 0.3783546});
  check_close(filled_output(layers::EinsumDense("ab...,bc->ac...", 2, {.bias_axes = "c"}), {1, 3, 2}),
              {0.8326166, 0.6523069, 0.6862202, 0.8240599});
}

// `keras.utils.set_random_seed(42); layer = EinsumDense("abc,cde->abde", (None, 2, 2)); layer.build((None, 1, 3))`
TEST_CASE("EinsumDense tells its initializer which axes of the kernel are inputs", "[layers][golden]") {
  set_random_seed(42);
  const layers::EinsumDense dense("abc,cde->abde", {none, 2, 2});
  dense.build({none, 1, 3});
  check_close(dense.get_weights()[0].tensor(),
              {0.7328866, 0.8019049, 0.5205452, -0.3166765, -0.5486047, 0.8373376, 0.053257, -0.8318714, 0.6226765,
               -0.5439355, -0.3425007, 0.6090044});
  CHECK_THAT(dense.get_config(), ContainsSubstring(R"("output_shape":[null,2,2],"equation":"abc,cde->abde",)"
                                                   R"("activation":"linear","bias_axes":null,)"));
}

TEST_CASE("Embedding looks its rows up", "[layers][golden]") {
  const layers::Embedding embedding(4, 2);
  test::fill(embedding, {none, 2});
  check_close(embedding(at::tensor({0, 3, 2, 1}).reshape({2, 2})),
              {0.4207355, 0.4546487, 0.3284933, 0.4946791, -0.4794621, -0.1397077, 0.07056, -0.3784012});
  CHECK(embedding(at::tensor({3.9f})).equal(embedding(at::tensor({3}))));

  set_random_seed(42);
  const layers::Embedding drawn(3, 2);
  drawn.build({none, 1});
  check_close(drawn.get_weights()[0].tensor(),
              {0.0395804, 0.0433078, 0.0281127, -0.0171025, -0.029628, 0.0452214});
}

TEST_CASE("Embedding starts from the weights it is given, and adds up the gradients of a repeated row", "[layers]") {
  const layers::Embedding embedding(2, 2, {.weights = Array(at::tensor({1.0f, 2.0f, 3.0f, 4.0f}).reshape({2, 2}))});
  check_close(embedding(at::tensor({1, 0})), {3, 4, 1, 2});

  embedding(at::tensor({1, 1, 1})).sum().backward();

  CHECK(embedding->weights()[0]->tensor.grad().equal(at::tensor({0.0f, 0.0f, 3.0f, 3.0f}).reshape({2, 2})));
}

TEST_CASE("Core layers refuse arguments and inputs in the words of Keras", "[layers][errors]") {
  CHECK_THROWS_WITH(layers::Embedding(0, 2), Equals("`input_dim` must be a positive integer. Received: input_dim=0"));
  CHECK_THROWS_WITH(layers::Embedding(2, 0), Equals("`output_dim` must be a positive integer. Received: output_dim=0"));
  CHECK_THROWS_WITH(layers::Embedding(2, 2, {.weights = Array(at::zeros({3, 2}))}),
                    ContainsSubstring("`weights` of shape (2, 2). Received: weights of shape (3, 2)"));
  CHECK_THROWS_WITH(layers::Embedding(3, 2, {.name = "e"})(at::tensor({0, 3})),
                    Equals("Embedding expects integers in [0, input_dim). Layer 'e' received: 3, with input_dim=3"));
  CHECK_THROWS_WITH(layers::Embedding(3, 2)(at::tensor({-1})), ContainsSubstring("received: -1, with input_dim=3"));
  CHECK_THROWS_WITH(layers::PReLU({.shared_axes = 2})(at::zeros({1, 3})), ContainsSubstring("expects `shared_axes`"));
  CHECK_THROWS_WITH(layers::PReLU().build({none, none}), ContainsSubstring("needs to know the size of each axis"));
}

TEST_CASE("EinsumDense refuses equations that it can not plan", "[layers][errors]") {
  CHECK_THROWS_WITH(layers::EinsumDense("abc->d", 2),
                    Equals("Invalid einsum equation 'abc->d'. Equations must be in the form [X],[Y]->[Z], "
                           "...[X],[Y]->...[Z], or [X]...,[Y]->[Z]...."));
  const auto build = [](const char* equation, const Shape& output, const Shape& input,
                        const std::optional<std::string>& bias_axes = {}) {
    layers::EinsumDense(equation, output, {.bias_axes = bias_axes}).build(input);
  };
  CHECK_THROWS_WITH(build("ab,bc->ad", {2}, {none, 2}), StartsWith("Dimension 'd' was specified in the output 'ad'"));
  CHECK_THROWS_WITH(build("ab,bc->ac", {2}, {none, 2}, "x"),
                    Equals("Bias dimension 'x' was requested, but is not part of the output spec 'ac'"));
  CHECK_THROWS_WITH(build("abc,cd->abd", {3, 2}, {none, 4, 2}),
                    Equals("Input shape and output shape do not match at shared dimension 'b'. Input shape is 4, and "
                           "output shape is 3."));
  CHECK_THROWS_WITH(build("ab,bxc->ac", {2}, {none, 4}), StartsWith("Weight dimension 'x' did not have a match"));
  CHECK_THROWS_WITH(build("ab,bc->ac", {2, 3}, {none, 4}), ContainsSubstring("a size for each letter of 'ac'"));
  CHECK_THROWS_WITH(build("ab,bc->ac", {2}, {none, none}), ContainsSubstring("needs to know the sizes"));
}

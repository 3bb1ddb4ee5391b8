#include <cmath>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/ones_like.h>

#include "keraslike/activations/activations.h"
#include "keraslike/saving/config.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/warnings.h"

#include "support/tensors.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::activations;
using test::differences;
using test::tensor_of;

namespace {

// What a layer with `activation` among its arguments writes.
std::string write(NameOr<Activation> activation) {
  return saving::write_config([&](Fields& field) { field("activation", activation); });
}

NameOr<Activation> read(const std::string& json) {
  NameOr<Activation> activation = none;
  saving::read_config(json, "Dense", [&](Fields& field) { field("activation", activation); });
  return activation;
}

// 2 sin(1), 2 sin(2), ...
at::Tensor waves(const std::vector<int64_t>& shape) {
  std::vector<double> values;
  for (int k = 1; k <= 8; ++k) values.push_back(2 * std::sin(k));
  return tensor_of(values, shape).set_requires_grad(true);
}

// Gradients of the sum of y weighted by cos(1), cos(2), ...
void backward(const at::Tensor& y) {
  (y * at::arange(1, y.numel() + 1, at::kDouble).cos().to(at::kFloat).reshape(y.sizes())).sum().backward();
}

}  // namespace

// keras.activations.ALL_OBJECTS_DICT of Keras 3.15.1.
TEST_CASE("The names of activations are Keras' function names and their aliases", "[activations]") {
  REQUIRE(registry<ActivationImpl>().names() ==
          std::vector<std::string>{
              "celu",         "elu",        "exponential", "gelu",           "glu",         "hard_shrink",
              "hard_sigmoid", "hard_silu",  "hard_swish",  "hard_tanh",      "leaky_relu",  "linear",
              "log_sigmoid",  "log_softmax", "mish",       "relu",           "relu6",       "selu",
              "sigmoid",      "silu",       "soft_shrink", "softmax",        "softplus",    "softsign",
              "sparse_plus",  "sparse_sigmoid", "sparsemax", "squareplus",   "swish",       "tanh",
              "tanh_shrink",  "threshold"});
}

TEST_CASE("An object and its name compute the same", "[activations]") {
  struct Pair {
    const char* name;
    Activation object;
  };
  const auto pair = GENERATE(
      values<Pair>({{"celu", Celu()},           {"elu", Elu()},
                    {"exponential", Exponential()}, {"gelu", Gelu()},
                    {"glu", Glu()},             {"hard_shrink", HardShrink()},
                    {"hard_sigmoid", HardSigmoid()}, {"hard_silu", HardSilu()},
                    {"hard_swish", HardSilu()}, {"hard_tanh", HardTanh()},
                    {"leaky_relu", LeakyRelu()}, {"linear", Linear()},
                    {"log_sigmoid", LogSigmoid()}, {"log_softmax", LogSoftmax()},
                    {"mish", Mish()},           {"relu", Relu()},
                    {"relu6", Relu6()},         {"selu", Selu()},
                    {"sigmoid", Sigmoid()},     {"silu", Silu()},
                    {"soft_shrink", SoftShrink()}, {"softmax", Softmax()},
                    {"softplus", Softplus()},   {"softsign", Softsign()},
                    {"sparse_plus", SparsePlus()}, {"sparse_sigmoid", SparseSigmoid()},
                    {"sparsemax", Sparsemax()}, {"squareplus", Squareplus()},
                    {"swish", Silu()},          {"tanh", Tanh()},
                    {"tanh_shrink", TanhShrink()}}));
  const at::Tensor x = waves({2, 4});

  const at::Tensor y = NameOr<Activation>(pair.name).get()(x);

  INFO(pair.name);
  REQUIRE(y.equal(pair.object(x)));
}

TEST_CASE("An unknown activation is refused with the nearest name", "[activations]") {
  REQUIRE_THROWS_WITH(
      NameOr<Activation>("rellu"),
      Equals(
          "Could not interpret activation function identifier: 'rellu'. Did you mean 'relu'? Known names: celu, elu, "
          "exponential, gelu, glu, hard_shrink, hard_sigmoid, hard_silu, hard_swish, hard_tanh, leaky_relu, linear, "
          "log_sigmoid, log_softmax, mish, relu, relu6, selu, sigmoid, silu, soft_shrink, softmax, softplus, "
          "softsign, sparse_plus, sparse_sigmoid, sparsemax, squareplus, swish, tanh, tanh_shrink, threshold."));
  REQUIRE_THROWS_WITH(NameOr<Activation>("Relu"),
                      StartsWith("Could not interpret activation function identifier: 'Relu'."));
}

// Keras 3.15.1, torch: keras.activations.softmax(x, axis), x = 2 sin(1..8) as (2, 4), loss sum(y * cos(1..8)).
TEST_CASE("Softmax normalises along its axis", "[activations]") {
  const at::Tensor x = waves({2, 4});

  const at::Tensor y = Softmax()(x);
  backward(y);

  REQUIRE(differences(y, {0.411080867, 0.470804483, 0.101300173, 0.0168145262, 0.0125863487, 0.0489906855, 0.318758726,
                          0.619664252})
              .empty());
  REQUIRE(differences(x.grad(), {0.257088035, -0.155861631, -0.0916664749, -0.00955990888, 0.00104341831, 0.0372039601,
                                 0.176318482, -0.214565843})
              .empty());
  REQUIRE(differences(Softmax({.axis = 0})(x), {0.973423421, 0.915089607, 0.262748212, 0.0295314975, 0.0265765339,
                                                0.0849103779, 0.737251759, 0.970468462})
              .empty());
}

// The same with axis=(0, 2) and x as (2, 2, 2).
TEST_CASE("Softmax normalises over several axes together", "[activations]") {
  const at::Tensor x = waves({2, 2, 2});
  const Axes axis = GENERATE(Axes{0, 2}, Axes{2, 0}, Axes{-1, -3});

  const at::Tensor y = Softmax({.axis = axis})(x);
  backward(y);

  REQUIRE(y.sizes() == x.sizes());
  REQUIRE(differences(y, {0.438816577, 0.502569735, 0.106082723, 0.0176083669, 0.0119806267, 0.0466330163, 0.297660112,
                          0.578648746})
              .empty());
  REQUIRE(differences(x.grad(), {0.203688741, -0.247400865, -0.107533403, -0.0119266072, 0.00248642731, 0.0412257016,
                                 0.217357278, -0.0978972763})
              .empty());
}

// keras.activations.log_softmax(x) and log_softmax(x as (2, 2, 2), axis=(1, 2)), which have the same numbers.
TEST_CASE("LogSoftmax is the logarithm of softmax", "[activations]") {
  const at::Tensor x = waves({2, 4});
  const at::Tensor cube = x.reshape({2, 2, 2});

  const at::Tensor y = LogSoftmax()(x);
  backward(y);

  const std::vector<double> expected{-0.888965249, -0.753312349, -2.28966713, -4.08551216,
                                     -4.37514257,  -3.0161252,   -1.1433208,  -0.478577495};
  REQUIRE(differences(y, expected).empty());
  REQUIRE(differences(x.grad(), {1.16493177, 0.299231529, -0.836068809, -0.628094256, 0.260349333, 0.869428039,
                                 0.163486272, -1.29326367})
              .empty());
  REQUIRE(differences(LogSoftmax({.axis = {1, 2}})(cube), expected).empty());
}

TEST_CASE("Softmax over a single value warns once", "[activations]") {
  std::vector<std::string> warnings;
  const WarningHandler previous = set_warning_handler([&](const std::string& text) { warnings.push_back(text); });
  const Softmax softmax;
  const at::Tensor one = tensor_of({1, 2}, {2, 1});

  softmax(one);
  softmax(one);
  set_warning_handler(previous);

  REQUIRE(warnings.size() == 1);
  REQUIRE_THAT(warnings[0],
               Equals("You are using a softmax over axis -1 of a tensor of shape (2, 1). This axis has size "
                      "1. The softmax operation will always return the value 1, which is likely not what "
                      "you intended. Did you mean to use a sigmoid instead?"));
}

TEST_CASE("Softmax of half precision keeps its type", "[activations]") {
  const at::Tensor y = Softmax()(waves({2, 4}).detach().to(at::kHalf));

  REQUIRE(y.scalar_type() == at::kHalf);
  REQUIRE(differences(y.sum(-1), {1, 1}, 2e-3).empty());
}

// keras.activations.sparsemax([[1, .5, -1], [.2, .1, .3]], axis), loss sum(y * [[1, 2, 3], [4, 5, 7]]).
TEST_CASE("Sparsemax has Keras' numbers, which do not sum to one", "[activations]") {
  const at::Tensor x = tensor_of({1, 0.5, -1, 0.2, 0.1, 0.3}, {2, 3}).set_requires_grad(true);
  const at::Tensor weights = tensor_of({1, 2, 3, 4, 5, 7}, {2, 3});

  const at::Tensor y = Sparsemax()(x);
  (y * weights).sum().backward();

  REQUIRE(differences(y, {0.25, 0, 0, 0.0666666329, 0, 0.1666666418}).empty());
  REQUIRE(differences(x.grad(), {0, -0.5, 0, -3.33333349, -3.66666675, -4}).empty());
  REQUIRE(differences(Sparsemax({.axis = 0})(x), {0.4, 0.45, 0, 0, 0.05, 1}).empty());
}

// keras.activations.glu(x, axis).
TEST_CASE("Glu gates one half of an axis with the other", "[activations]") {
  const at::Tensor x = waves({2, 4});

  const at::Tensor y = Glu()(x);
  backward(y);

  REQUIRE(differences(y, {0.959437251, 0.328083873, -1.51160455, -0.490957767}).empty());
  REQUIRE(differences(x.grad(), {0.308023781, -0.0750750378, 0.222856656, -0.111900166, -0.780289531, -0.57425487,
                                 0.316987991, 0.0389765278})
              .empty());
  REQUIRE(differences(Glu({.axis = 0})(x), {0.215587661, 0.661637485, 0.222455129, -1.32976902}).empty());
  REQUIRE_THROWS_WITH(Glu()(tensor_of({1, 2, 3}, {1, 3})),
                      Equals("glu expects an axis of even size, which it splits. Received: axis=-1, an array of shape "
                             "(1, 3)."));
}

TEST_CASE("An axis that the input does not have is refused", "[activations]") {
  const at::Tensor x = waves({2, 4});

  REQUIRE_THROWS_WITH(Softmax({.axis = 2})(x), Equals("softmax expects `axis` in [-2, 2) for an array of rank 2. "
                                                      "Received: axis=2."));
  REQUIRE_THROWS_WITH(LogSoftmax({.axis = {0, -3}})(x), StartsWith("log_softmax expects `axis`"));
  REQUIRE_THROWS_WITH(Sparsemax({.axis = 2})(x), StartsWith("sparsemax expects `axis`"));
  REQUIRE_THROWS_WITH(Glu({.axis = -3})(x), StartsWith("glu expects `axis`"));
}

// Keras 3.15.1, torch, at the points where the slope jumps.
TEST_CASE("Gradients at a kink are Keras'", "[activations]") {
  struct Row {
    Activation activation;
    std::vector<double> points;
    std::vector<double> gradients;
  };
  const auto row = GENERATE(values<Row>({{Relu(), {0}, {0}},
                                         {LeakyRelu(), {0}, {0.2}},
                                         {Relu6(), {0, 6}, {0, 0}},
                                         {Relu({.max_value = 6}), {0, 6}, {0, 0}},
                                         {Relu({.max_value = 2}), {0, 2, 6}, {0, 1, 0}},
                                         {Relu({.max_value = 2, .threshold = 1}), {0, 1, 2, 6}, {0, 0, 1, 0}},
                                         {Relu({.negative_slope = 0.1, .max_value = 2, .threshold = 0.5}),
                                          {0, 0.5, 1, 2, 6},
                                          {0.1, 0, 1, 1, 0}},
                                         {Elu(), {0}, {1}},
                                         {HardTanh(), {-1, 1}, {0, 0}},
                                         {HardSigmoid(), {-3, 3}, {0, 0}},
                                         {HardShrink(), {-0.5, 0.5}, {0, 0}},
                                         {SoftShrink(), {-0.5, 0.5}, {0, 0}},
                                         {SparseSigmoid(), {-1, 1}, {0, 0}},
                                         {SparsePlus(), {-1, 1}, {0, 1}}}));
  const at::Tensor x =
      tensor_of(row.points, {static_cast<int64_t>(row.points.size())}).set_requires_grad(true);

  row.activation(x).sum().backward();

  REQUIRE(differences(x.grad(), row.gradients).empty());
}

TEST_CASE("Any function is an activation", "[activations]") {
  const Activation twice = [](const at::Tensor& x) { return x * 2; };
  const NameOr<Activation> argument = [](const at::Tensor& x) { return x * 2; };

  REQUIRE(differences(twice(tensor_of({1, -2}, {2})), {2, -4}).empty());
  REQUIRE(differences(argument.get()(tensor_of({1, -2}, {2})), {2, -4}).empty());
  REQUIRE_THROWS_WITH(write(argument), StartsWith("An activation that is a function is saved by its name, and this one "
                                                  "has none. Register it once: register_function<Activation>("));
}

TEST_CASE("Threshold needs its numbers", "[activations]") {
  REQUIRE_THROWS_WITH(NameOr<Activation>("threshold").get()(waves({2, 4})),
                      Equals("The activation 'threshold' needs its numbers: pass `activations::Threshold(threshold, "
                             "default_value)` instead of the name."));
}

TEST_CASE("Activations refuse arguments that no formula stands for", "[activations]") {
  const at::Tensor x = waves({2, 4});

  REQUIRE_THROWS_WITH(Celu({.alpha = 0})(x), Equals("celu expects `alpha` other than 0, by which it divides."));
  REQUIRE_THROWS_WITH(SoftShrink({.threshold = -1})(x),
                      Equals("soft_shrink expects `threshold` to be at least 0. Received: threshold=-1"));
  REQUIRE_THROWS_WITH(Relu({.max_value = -1}),
                      Equals("relu expects `max_value` to be at least 0. Received: max_value=-1"));
  REQUIRE_THROWS_WITH(read(R"({"activation":{"class_name":"relu","config":{"max_value":-1}}})"),
                      ContainsSubstring("Dense.activation.config: relu expects `max_value`"));
  REQUIRE_THROWS_WITH(Softmax({.axis = std::vector<int64_t>{}})(x),
                      Equals("softmax expects `axis` to name at least one axis. Received: axis=[]."));
}

TEST_CASE("A config holds the name of an activation with default arguments, as Keras writes it", "[activations]") {
  REQUIRE(write("relu") == R"({"activation":"relu"})");
  REQUIRE(write("swish") == R"({"activation":"silu"})");
  REQUIRE(write(Softmax()) == R"({"activation":"softmax"})");
  REQUIRE(write(LeakyRelu()) == R"({"activation":"leaky_relu"})");
  REQUIRE(write("threshold") == R"({"activation":"threshold"})");
  REQUIRE(write(none) == R"({"activation":null})");
}

TEST_CASE("An activation with arguments of its own survives its config", "[activations]") {
  const auto activation = GENERATE(values<Activation>(
      {Relu({.negative_slope = 0.1, .max_value = 2, .threshold = 0.5}), LeakyRelu({.negative_slope = 0.01}),
       Elu({.alpha = 1.7}), Celu({.alpha = 2}), Gelu({.approximate = true}), Squareplus({.b = 1}),
       SoftShrink({.threshold = 1}), HardShrink({.threshold = 1}), Threshold(0.5, -7), Softmax({.axis = 0}),
       Softmax({.axis = {0, 1}}), LogSoftmax({.axis = 0}), Sparsemax({.axis = 0}), Glu({.axis = 0})}));
  const at::Tensor x = waves({2, 4});
  const std::string json = write(activation);

  const NameOr<Activation> restored = read(json);

  INFO(json);
  REQUIRE(write(restored) == json);
  REQUIRE(restored.get()(x).equal(activation(x)));
}

TEST_CASE("The config of an activation lists its arguments", "[activations]") {
  REQUIRE(write(Relu({.max_value = 6})) ==
          R"({"activation":{"module":"keras.activations","class_name":"relu","config":)"
          R"({"negative_slope":0.0,"max_value":6.0,"threshold":0.0},"registered_name":null}})");
  REQUIRE_THROWS_WITH(read(R"({"activation":{"class_name":"softmax","config":{"axis":0.5}}})"),
                      ContainsSubstring("a value of the wrong kind. Received: axis=0.5"));
}

#include "keraslike/optimizers/optimizer.h"

#include <cmath>
#include <limits>

#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <torch/optim/adam.h>
#include <torch/optim/sgd.h>

#include "keraslike/optimizers/adam.h"
#include "keraslike/optimizers/rmsprop.h"
#include "keraslike/optimizers/schedules.h"
#include "keraslike/optimizers/sgd.h"
#include "keraslike/saving/config.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/warnings.h"
#include "optimizers/trajectory.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::optimizers;

namespace {

std::vector<WeightPtr> two_weights() {
  return {make_weight("sequential/dense/kernel", {2, 3}, {1, 2, 3, 4, 5, 6}, {1, 0}),
          make_weight("sequential/dense/bias", {3}, {1, 2, 3})};
}

std::string config_of(const Optimizer& optimizer) {
  return saving::write_config([&](Fields& field) { optimizer->fields(field); });
}

class Warnings {
 public:
  Warnings() : before_(set_warning_handler([this](const std::string& text) { texts.push_back(text); })) {}
  ~Warnings() { set_warning_handler(before_); }

  std::vector<std::string> texts;

 private:
  WarningHandler before_;
};

}  // namespace

// Golden values from Keras 3.15.1 (torch backend): w = [1, -2, 0.5] after three `apply`, learning rate 0.1.
TEST_CASE("Gradients are clipped before weights decay", "[optimizers]") {
  check_close(after_three_steps(Adam(0.1, {.weight_decay = 0.01, .global_clipnorm = 0.2})),
              {0.7987556, -1.9813696, 0.2754048});
  check_close(after_three_steps(Adam(0.1, {.clipnorm = 0.2})), {0.8015222, -1.9871962, 0.2766179});
}

TEST_CASE("Weights become their average every few steps", "[optimizers]") {
  check_close(after_three_steps(SGD(0.1, {.use_ema = true, .ema_momentum = 0.9, .ema_overwrite_frequency = 2})),
              {0.9705, -2.004, 0.479});
}

TEST_CASE("Accumulated gradients are applied as their mean", "[optimizers]") {
  const SGD optimizer(0.1, {.gradient_accumulation_steps = 2});

  check_close(after_three_steps(optimizer), {0.9975, -2.01, 0.48});
  CHECK(optimizer.iterations() == 1);
}

TEST_CASE("A global norm that is not finite makes the weights NaN, as in Keras", "[optimizers]") {
  const SGD optimizer(0.1, {.global_clipnorm = 1.0});
  const auto weight = make_weight("w", {2}, {1, 2});
  optimizer->build({weight});

  optimizer->apply({make_gradient(weight, {std::numeric_limits<double>::infinity(), 0})});

  CHECK(std::isnan(values_of(weight)[0]));
}

TEST_CASE("An optimizer's variables have Keras' names, order and shapes", "[optimizers]") {
  const Adam optimizer(
      {.amsgrad = true, .use_ema = true, .gradient_accumulation_steps = 2, .name = "adam"});
  optimizer->build(two_weights());

  CHECK(paths(optimizer) == std::vector<std::string>{
                                "adam/iteration",
                                "adam/learning_rate",
                                "adam/sequential_dense_kernel_average",
                                "adam/sequential_dense_bias_average",
                                "adam/sequential_dense_kernel_gradient_accumulator",
                                "adam/sequential_dense_bias_gradient_accumulator",
                                "adam/sequential_dense_kernel_momentum",
                                "adam/sequential_dense_kernel_velocity",
                                "adam/sequential_dense_bias_momentum",
                                "adam/sequential_dense_bias_velocity",
                                "adam/sequential_dense_kernel_velocity_hat",
                                "adam/sequential_dense_bias_velocity_hat",
                            });
  const auto momentum = optimizer->variables()[6];
  CHECK(momentum->shape == Shape{2, 3});
  CHECK(momentum->tensor.sizes().vec() == std::vector<int64_t>{3, 2});
  CHECK(momentum->in_keras_shape().sizes().vec() == std::vector<int64_t>{2, 3});
  CHECK(optimizer->variables()[0]->tensor.scalar_type() == at::kInt);
  CHECK(optimizer->variables()[1]->tensor.item<float>() == 0.001F);
}

TEST_CASE("RMSprop's slots come kind by kind, Nadam's product last", "[optimizers]") {
  const RMSprop rmsprop({.momentum = 0.9, .centered = true, .name = "r"});
  const Nadam nadam({.name = "n"});
  rmsprop->build(two_weights());
  nadam->build(two_weights());

  CHECK(paths(rmsprop) == std::vector<std::string>{
                              "r/iteration", "r/learning_rate", "r/sequential_dense_kernel_velocity",
                              "r/sequential_dense_bias_velocity", "r/sequential_dense_kernel_momentum",
                              "r/sequential_dense_bias_momentum", "r/sequential_dense_kernel_average_gradient",
                              "r/sequential_dense_bias_average_gradient"});
  CHECK(paths(nadam).back() == "variable");
  CHECK(paths(nadam).size() == 7);
}

TEST_CASE("A gradient of zero is not a missing gradient", "[optimizers]") {
  Warnings warnings;
  const SGD optimizer(0.1, {.weight_decay = 0.5});
  const auto weights = two_weights();
  optimizer->build(weights);

  optimizer->apply({at::Tensor(), make_gradient(weights[1], {0, 0, 0})});
  optimizer->apply({at::Tensor(), make_gradient(weights[1], {0, 0, 0})});

  check_close(values_of(weights[0]), {1, 2, 3, 4, 5, 6});
  check_close(values_of(weights[1]), {0.9025, 1.805, 2.7075});
  REQUIRE(warnings.texts.size() == 1);
  CHECK_THAT(warnings.texts[0], StartsWith("Gradients do not exist for variables ['sequential/dense/kernel'] when "
                                           "minimizing the loss."));
}

TEST_CASE("A step without any gradient is refused", "[optimizers]") {
  const SGD optimizer;
  optimizer->build(two_weights());

  REQUIRE_THROWS_WITH(optimizer->apply({at::Tensor(), at::Tensor()}),
                      Equals("No gradients provided for any variable."));
  CHECK(optimizer.iterations() == 0);
}

TEST_CASE("Weights that an optimizer was not built with are refused", "[optimizers]") {
  const SGD optimizer({.name = "sgd"});
  const auto weights = two_weights();
  const auto other = make_weight("sequential/dense_1/kernel", {2}, {1, 2});
  optimizer->build(weights);

  REQUIRE_THROWS_WITH(
      optimizer->build({weights[0], weights[1], other}),
      StartsWith("Unknown variable: sequential/dense_1/kernel, of shape (2,). The optimizer sgd can only "
                 "be called for the 2 variables it was originally built with."));
  REQUIRE_THROWS_WITH(optimizer->apply({make_gradient(other, {1, 1})}, {other}), StartsWith("Unknown variable"));
  REQUIRE_THROWS_WITH(optimizer->apply({make_gradient(other, {1, 1})}),
                      ContainsSubstring("Received 1 gradients for 2 variables."));
}

TEST_CASE("Some of the weights may be frozen later", "[optimizers]") {
  Warnings warnings;
  const SGD optimizer(1.0);
  const auto weights = two_weights();

  optimizer->build(weights);
  optimizer->apply({make_gradient(weights[1], {1, 1, 1})}, {weights[1]});

  check_close(values_of(weights[1]), {0, 1, 2});
  CHECK(warnings.texts.empty());
}

TEST_CASE("Weights can be kept out of weight decay by name", "[optimizers]") {
  const SGD optimizer(0.1, {.weight_decay = 0.5});
  const auto weights = two_weights();
  optimizer.exclude_from_weight_decay({"bias", "gamma"});
  optimizer->build(weights);

  optimizer->apply({make_gradient(weights[0], {0, 0, 0, 0, 0, 0}), make_gradient(weights[1], {0, 0, 0})});

  check_close(values_of(weights[0]), {0.95, 1.9, 2.85, 3.8, 4.75, 5.7});
  check_close(values_of(weights[1]), {1, 2, 3});
  REQUIRE_THROWS_WITH(optimizer.exclude_from_weight_decay({"kernel"}), ContainsSubstring("before the optimizer"));
}

TEST_CASE("A learning rate can be set, and is kept as float32", "[optimizers]") {
  const SGD optimizer(0.001);
  const auto weight = make_weight("w", {1}, {1});

  CHECK(optimizer.learning_rate() == 0.0010000000474974513);
  optimizer.set_learning_rate(0.5);
  optimizer->build({weight});
  optimizer->apply({make_gradient(weight, {1})});

  check_close(values_of(weight), {0.5});
  CHECK(optimizer->variables()[1]->tensor.item<float>() == 0.5F);
}

TEST_CASE("A learning rate may be a function, which is asked once for each step", "[optimizers]") {
  int asked = 0;
  const SGD optimizer([&asked] { return 0.1 * ++asked; });
  const auto weight = make_weight("w", {1}, {1});
  optimizer->build({weight});

  optimizer->apply({make_gradient(weight, {1})});
  optimizer->apply({make_gradient(weight, {1})});

  check_close(values_of(weight), {0.7});
  CHECK(asked == 2);
}

TEST_CASE("The loss is scaled up by what gradients are divided by", "[optimizers]") {
  const SGD optimizer(0.1, {.loss_scale_factor = 8.0});

  CHECK(optimizer->scale_loss(at::ones({})).item<float>() == 8.0F);
}

TEST_CASE("An optimizer's name is looked up in lower case", "[optimizers]") {
  const auto* name = GENERATE("adam", "Adam", "ADAM");
  NameOr<Optimizer> argument(name);

  const OptimizerImpl& made = *argument.resolve();
  CHECK(registry<OptimizerImpl>().class_name(typeid(made)) == "Adam");
  REQUIRE_THROWS_WITH(NameOr<Optimizer>("adan"),
                      StartsWith("Could not interpret optimizer identifier: 'adan'. Did you mean 'adam'?"));
}

// keras.optimizers.Adam(name="adam").get_config()
TEST_CASE("An optimizer's config has Keras' keys and order", "[optimizers][config]") {
  CHECK(config_of(Adam({.name = "adam"})) ==
        R"({"name":"adam","learning_rate":0.0010000000474974513,"weight_decay":null,"clipnorm":null,)"
        R"("global_clipnorm":null,"clipvalue":null,"use_ema":false,"ema_momentum":0.99,"ema_overwrite_frequency":null,)"
        R"("loss_scale_factor":null,"gradient_accumulation_steps":null,"beta_1":0.9,"beta_2":0.999,"epsilon":1e-07,)"
        R"("amsgrad":false})");
}

TEST_CASE("A config makes the same optimizer again, schedule included", "[optimizers][config]") {
  const std::string config = config_of(RMSprop({.learning_rate = schedules::CosineDecay(0.1, 10, {.alpha = 0.5}),
                                                .rho = 0.7,
                                                .clipnorm = 2.0,
                                                .gradient_accumulation_steps = 4}));
  const Optimizer copy(registry<OptimizerImpl>().make("RMSprop"));
  saving::read_config(config, "RMSprop", [&](Fields& field) { copy->fields(field); });

  CHECK(config_of(copy) == config);
  CHECK_THAT(config,
             ContainsSubstring(R"("learning_rate":{"module":"keras.optimizers.schedules","class_name":"CosineDecay")"));
  CHECK(copy.learning_rate() == 0.1F);
}

TEST_CASE("A config with a value that Keras refuses is refused", "[optimizers][config]") {
  const Optimizer optimizer(registry<OptimizerImpl>().make("sgd"));

  REQUIRE_THROWS_WITH(
      saving::read_config(R"({"momentum": 2.0})", "SGD", [&](Fields& field) { optimizer->fields(field); }),
      ContainsSubstring("momentum=2"));
}

TEST_CASE("Options that exclude each other are refused", "[optimizers]") {
  REQUIRE_THROWS_WITH(Adam({.clipnorm = 1.0, .clipvalue = 0.5}),
                      Equals("Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set. Received: "
                             "clipnorm=1, clipvalue=0.5, global_clipnorm=None"));
  REQUIRE_THROWS_WITH(SGD({.gradient_accumulation_steps = 1}),
                      Equals("`gradient_accumulation_steps` must be an integer >= 2. Received: "
                             "gradient_accumulation_steps=1"));
  REQUIRE_THROWS_WITH(SGD({.use_ema = true, .ema_momentum = 1.5}),
                      Equals("`ema_momentum` must be in the range [0, 1]. Received: ema_momentum=1.5"));
  REQUIRE_THROWS_WITH(SGD({.use_ema = true, .ema_overwrite_frequency = -3}),
                      Equals("`ema_overwrite_frequency` must be an integer >= 1 or none. Received: "
                             "ema_overwrite_frequency=-3"));
}

TEST_CASE("none switches an optional argument off", "[optimizers]") {
  const Adam optimizer({.weight_decay = none, .clipnorm = none, .gradient_accumulation_steps = none});

  CHECK_THAT(config_of(optimizer), ContainsSubstring(R"("weight_decay":null,"clipnorm":null)"));
  CHECK_THAT(config_of(optimizer), ContainsSubstring(R"("gradient_accumulation_steps":null)"));
}

#include <ATen/ops/sum.h>
#include <ATen/ops/tensor.h>
#include <sstream>
#include <torch/optim/adam.h>
#include <torch/optim/sgd.h>
#include <torch/serialize.h>

#include "keraslike/optimizers/adam.h"
#include "keraslike/optimizers/optimizer_impl.h"
#include "keraslike/optimizers/schedules.h"
#include "keraslike/optimizers/sgd.h"
#include "keraslike/utils/errors.h"
#include "optimizers/trajectory.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::optimizers;

namespace {

torch::optim::AdamOptions& adam_options(const Optimizer& optimizer) {
  return static_cast<torch::optim::AdamOptions&>(optimizer.torch().param_groups()[0].options());
}

std::vector<at::Tensor>& parameters(const Optimizer& optimizer) { return optimizer.torch().param_groups()[0].params(); }

void set_gradient(const WeightPtr& weight, const std::vector<double>& values) {
  weight->tensor.mutable_grad() = make_gradient(weight, values).clone();
}

}  // namespace

TEST_CASE("An optimizer is LibTorch's class of its name and shows Keras' values", "[optimizers][torch]") {
  const Adam optimizer(0.5, {.beta_1 = 0.8, .amsgrad = true});

  REQUIRE(dynamic_cast<torch::optim::Adam*>(&optimizer.torch()) != nullptr);
  CHECK(adam_options(optimizer).lr() == 0.5);
  CHECK(adam_options(optimizer).betas() == std::make_tuple(0.8, 0.999));
  CHECK(adam_options(optimizer).eps() == 1e-7);
  CHECK(adam_options(optimizer).amsgrad());
}

TEST_CASE("After build LibTorch sees the weights", "[optimizers][torch]") {
  const SGD optimizer;
  const auto weight = make_weight("w", {2}, {1, 2});
  optimizer->build({weight});
  set_gradient(weight, {1, 1});

  optimizer.torch().zero_grad();

  REQUIRE(parameters(optimizer).size() == 1);
  CHECK(parameters(optimizer)[0].is_same(weight->tensor));
  CHECK((!weight->tensor.grad().defined() || at::sum(weight->tensor.grad()).item<float>() == 0));
}

TEST_CASE("A LibTorch loop needs no model", "[optimizers][torch]") {
  const Adam optimizer(0.1);
  const auto weight = make_weight("w", {3}, {1, -2, 0.5});
  parameters(optimizer) = {weight->tensor};

  for (const auto& gradient : {std::vector{0.1, -0.2, 0.3}, {-0.05, 0.4, 0.1}, {0.2, 0.2, -0.1}}) {
    set_gradient(weight, gradient);
    optimizer.torch().step();
  }

  // Keras' values, as in "Adam adds epsilon before it corrects the bias".
  check_close(values_of(weight), {0.8075611, -1.9885355, 0.2679808});
  CHECK(optimizer.iterations() == 3);
  CHECK(optimizer->variables()[2]->path == optimizer.name() + "/parameter_0_momentum");
}

TEST_CASE("A step takes a closure and returns its loss", "[optimizers][torch]") {
  const SGD optimizer(0.5);
  const auto weight = make_weight("w", {2}, {1, 2});
  parameters(optimizer) = {weight->tensor};

  const at::Tensor loss = optimizer.torch().step([&] {
    optimizer.torch().zero_grad();
    const at::Tensor value = at::sum(weight->tensor);
    value.backward();
    return value;
  });

  CHECK(loss.item<float>() == 3.0F);
  check_close(values_of(weight), {0.5, 1.5});
}

TEST_CASE("What a LibTorch user changes the next step uses", "[optimizers][torch]") {
  const SGD optimizer(0.5);
  const auto weight = make_weight("w", {1}, {1});
  optimizer->build({weight});
  const bool in_group = GENERATE(true, false);
  auto& options = in_group ? optimizer.torch().param_groups()[0].options() : optimizer.torch().defaults();

  static_cast<torch::optim::SGDOptions&>(options).lr(0.25).weight_decay(2.0);

  CHECK(optimizer.learning_rate() == 0.25);
  optimizer->apply({make_gradient(weight, {1})});
  check_close(values_of(weight), {0.25});
}

TEST_CASE("LibTorch shows the rate that a schedule chose", "[optimizers][torch]") {
  const Adam optimizer(schedules::PiecewiseConstantDecay({0}, {0.5, 0.25}));
  const auto weight = make_weight("w", {1}, {1});
  optimizer->build({weight});

  CHECK(adam_options(optimizer).lr() == 0.5);
  optimizer->apply({make_gradient(weight, {1})});
  optimizer->apply({make_gradient(weight, {1})});
  CHECK(adam_options(optimizer).lr() == 0.25);
  adam_options(optimizer).lr(0.1);
  REQUIRE_THROWS_WITH(optimizer->apply({make_gradient(weight, {1})}), ContainsSubstring("can not be set to 0.1"));
}

TEST_CASE("What an optimizer can not follow it refuses", "[optimizers][torch]") {
  const Adam optimizer({.name = "adam"});

  adam_options(optimizer).amsgrad(true);

  REQUIRE_THROWS_WITH(optimizer.learning_rate(), StartsWith("adam can not follow an option"));
  CHECK_FALSE(adam_options(optimizer).amsgrad());
}

TEST_CASE("Parameter groups with options of their own are refused", "[optimizers][torch]") {
  const Adam optimizer({.name = "adam"});
  const auto weight = make_weight("w", {1}, {1});
  set_gradient(weight, {1});
  optimizer.torch().add_param_group(torch::optim::OptimizerParamGroup(
      {weight->tensor}, std::make_unique<torch::optim::AdamOptions>(torch::optim::AdamOptions(0.7))));

  REQUIRE_THROWS_WITH(optimizer.torch().step(), StartsWith("adam has the same options for all its parameters"));
}

TEST_CASE("Parameters that are added after the first step are refused", "[optimizers][torch]") {
  const SGD optimizer({.name = "sgd"});
  const auto weight = make_weight("w", {1}, {1});
  const auto late = make_weight("late", {2}, {1, 2});
  set_gradient(weight, {1});
  set_gradient(late, {1, 1});
  parameters(optimizer) = {weight->tensor};
  optimizer.torch().step();

  parameters(optimizer).push_back(late->tensor);

  REQUIRE_THROWS_WITH(optimizer.torch().step(), StartsWith("Unknown variable: parameter_1, of shape (2,)."));
}

TEST_CASE("LibTorch saves and loads an optimizer's state", "[optimizers][torch]") {
  const Adam optimizer(0.1);
  const Adam copy(0.2);
  const auto weight = make_weight("w", {2}, {1, 2});
  set_gradient(weight, {1, -1});
  parameters(optimizer) = {weight->tensor};
  parameters(copy) = {weight->tensor};
  optimizer.torch().step();

  std::stringstream file;
  torch::save(optimizer.torch(), file);
  torch::load(copy.torch(), file);

  CHECK(copy.iterations() == 1);
  CHECK(copy.learning_rate() == optimizer.learning_rate());
  check_close(values_of(copy->variables()[2]), values_of(optimizer->variables()[2]));
  check_close(values_of(copy->variables()[3]), values_of(optimizer->variables()[3]));
}

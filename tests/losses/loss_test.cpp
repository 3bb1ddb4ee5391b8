#include <cmath>
#include <string>

#include <ATen/core/Tensor.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/zeros.h>

#include "keraslike/losses/crossentropy.h"
#include "keraslike/losses/regression.h"
#include "keraslike/losses/wrapper.h"
#include "losses/inputs.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::losses;
using namespace keraslike::test;

// keras.losses.MeanSquaredError(reduction=...)(y_true, y_pred[, sample_weight]), Keras 3.15.1.
TEST_CASE("Each reduction is Keras' own", "[losses]") {
  const auto [reduction, plain, weighted] = GENERATE(table<std::string, float, float>({
      {"sum_over_batch_size", 1.7499789F, 2.5237765F},
      {"mean", 1.7499789F, 2.5237765F},
      {"sum", 6.9999156F, 10.095106F},
      {"mean_with_sample_weight", 1.7499789F, 1.5530932F},
  }));
  const MeanSquaredError loss({.reduction = reduction});

  REQUIRE(is_close(loss(values(), scores()), plain));
  REQUIRE(is_close(loss(values(), scores(), weights()), weighted));
}

TEST_CASE("reduction='none' weighs the losses and leaves them apart", "[losses]") {
  const MeanSquaredError loss({.reduction = "none"});

  REQUIRE(is_close(loss(values(), scores(), weights()), {0.26354697F, 2.3939152F, 4.194974F, 3.24267F}));
}

TEST_CASE("An unknown reduction is refused", "[losses]") {
  REQUIRE_THROWS_WITH(MeanSquaredError({.reduction = "average"}), ContainsSubstring("reduction='average'"));
}

TEST_CASE("A weight sum of zero makes the weighted mean zero", "[losses]") {
  const MeanSquaredError loss({.reduction = "mean_with_sample_weight"});

  REQUIRE(is_close(loss(values(), scores(), at::zeros({4})), 0.0F));
}

// y_pred of (2, 3, 4) with a Keras mask and sample weights; keras.losses.MeanSquaredError, Keras 3.15.1.
TEST_CASE("A mask leaves its entries out of the mean", "[losses]") {
  const auto outputs = at::arange(24, at::kFloat).reshape({2, 3, 4}) / 10.0;
  const auto y = at::zeros({2, 3, 4});
  const auto mask = tensor({1, 0, 1, 1, 1, 0}, {2, 3}) > 0;
  const auto weight = tensor({1, 2, 3, 4, 5, 6}, {2, 3});

  REQUIRE(is_close(MeanSquaredError()(y, outputs, {}, mask), 1.465F));
  REQUIRE(is_close(MeanSquaredError()(y, outputs, weight, mask), 6.37375020980835F));
  REQUIRE(is_close(MeanSquaredError()(y, outputs, weight), 8.989167213439941F));
  REQUIRE(is_close(MeanSquaredError({.reduction = "sum"})(y, outputs, {}, mask), 5.86F));
  REQUIRE(is_close(MeanSquaredError({.reduction = "mean_with_sample_weight"})(y, outputs, {}, mask), 1.465F));
  REQUIRE(is_close(MeanSquaredError()(y, outputs, {}, mask.logical_and(at::zeros({2, 3}))), 0.0F));
}

// The weight (2, 1) is Keras' number; Keras 3.15 refuses (2,), or sets it against the last axis, by mistake.
TEST_CASE("A weight per sample counts for all of its steps", "[losses]") {
  const auto outputs = at::arange(24, at::kFloat).reshape({2, 3, 4}) / 10.0;
  const auto y = at::zeros({2, 3, 4});

  REQUIRE(is_close(MeanSquaredError()(y, outputs, tensor({1, 3}, {2, 1})), 4.983333587646484F));
  REQUIRE(is_close(MeanSquaredError()(y, outputs, tensor({1, 3})), 4.983333587646484F));
}

TEST_CASE("Weights that fit no sample are refused", "[losses]") {
  REQUIRE_THROWS_WITH(MeanSquaredError()(values(), scores(), tensor({1, 2, 3})),
                      ContainsSubstring("sample_weight.shape=(3,), shape of the losses=(4,)"));
}

TEST_CASE("NaN outputs make the loss NaN and do not throw", "[losses]") {
  const auto outputs = tensor({std::nanf(""), 0.5F}, {2, 1});

  REQUIRE(std::isnan(BinaryCrossentropy()(tensor({0, 1}, {2, 1}), outputs).item<float>()));
}

TEST_CASE("Targets (n,) and outputs (n, 1) are compared one by one", "[losses]") {
  const auto y = tensor({1, 2, 3});
  const auto outputs = tensor({1, 2, 5}, {3, 1});

  REQUIRE(is_close(MeanSquaredError()(y, outputs), 4.0F / 3.0F));
  REQUIRE(is_close(MeanSquaredError()(outputs, y), 4.0F / 3.0F));
}

TEST_CASE("A function is a loss, called with aligned ranks and averaged", "[losses]") {
  const auto absolute = [](const at::Tensor& y_true, const at::Tensor& y_pred) { return (y_true - y_pred).abs(); };
  const Loss loss = absolute;

  REQUIRE(is_close(loss(tensor({1, 2, 3}), tensor({1, 2, 5}, {3, 1})), 2.0F / 3.0F));
  REQUIRE(loss.name() == "function");
  REQUIRE(LossFunctionWrapper(absolute, {.name = "distance"}).name() == "distance");
  REQUIRE(is_close(LossFunctionWrapper(absolute, {.reduction = "sum"})(tensor({1, 2}), tensor({3, 5})), 5.0F));
}

TEST_CASE("A string names the loss as Keras does", "[losses]") {
  const auto [written, name] = GENERATE(table<std::string, std::string>({
      {"mse", "mse"},
      {"MSE", "MSE"},
      {"mean_squared_error", "mean_squared_error"},
      {"MeanSquaredError", "mean_squared_error"},
      {"huber", "huber"},
      {"Huber", "huber_loss"},
      {"crossentropy", "crossentropy"},
      {"CE", "CE"},
  }));

  REQUIRE(for_compile(NameOr<Loss>(written), {none, 3}, {none, 3}).name() == name);
}

TEST_CASE("'crossentropy' is chosen by shape", "[losses]") {
  const auto [y_true, y_pred, chosen] = GENERATE(table<Shape, Shape, std::string>({
      {{none, 1}, {none, 1}, "BinaryCrossentropy"},
      {{none}, {none, 3}, "SparseCategoricalCrossentropy"},
      {{none, 1}, {none, 3}, "SparseCategoricalCrossentropy"},
      {{none, 3}, {none, 3}, "CategoricalCrossentropy"},
  }));
  const Loss loss = for_compile("CrossEntropy", y_true, y_pred);
  const LossImpl& impl = *loss;

  REQUIRE(registry<LossImpl>().class_name(typeid(impl)) == chosen);
}

TEST_CASE("'crossentropy' outside compile says what to name instead", "[losses]") {
  REQUIRE_THROWS_WITH(NameOr<Loss>("ce").get(), ContainsSubstring("only `compile` takes it"));
}

TEST_CASE("An unknown loss is refused where it is written", "[losses]") {
  REQUIRE_THROWS_WITH(NameOr<Loss>("msee"),
                      StartsWith("Could not interpret loss identifier: 'msee'. Did you mean 'mse'?"));
  REQUIRE_THROWS_WITH(NameOr<Loss>("Mse"), ContainsSubstring("'Mse'"));
  REQUIRE_THROWS_WITH(NameOr<Loss>("square"), ContainsSubstring("'square'"));
}

TEST_CASE("A loss object keeps its own name in compile and is shared", "[losses]") {
  const MeanSquaredError mine({.name = "mine"});

  const Loss chosen = for_compile(mine, {none, 1}, {none, 1});

  REQUIRE(chosen == mine);
  REQUIRE(chosen.name() == "mine");
}

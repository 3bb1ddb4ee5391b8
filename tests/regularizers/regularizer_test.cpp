#include <limits>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/TensorOperators.h>

#include "keraslike/regularizers/regularizers.h"
#include "keraslike/saving/config.h"
#include "keraslike/utils/errors.h"

#include "support/tensors.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::regularizers;
using test::differences;

namespace {

at::Tensor weight() {
  return test::tensor_of({0.5, -1, 2, 1.5, 0.25, -0.75, 0, 3, 1}, {3, 3}).set_requires_grad(true);
}

// What a layer with `regularizer` among its arguments writes.
std::string write(NameOr<Regularizer> regularizer) {
  return saving::write_config([&](Fields& field) { field("regularizer", regularizer); });
}

NameOr<Regularizer> read(const std::string& json) {
  NameOr<Regularizer> regularizer = none;
  saving::read_config(json, "Dense", [&](Fields& field) { field("regularizer", regularizer); });
  return regularizer;
}

}  // namespace

// keras.regularizers.ALL_OBJECTS_DICT of Keras 3.15.1, less Regularizer itself.
TEST_CASE("The names of regularizers are Keras'", "[regularizers]") {
  REQUIRE(registry<RegularizerImpl>().names() ==
          std::vector<std::string>{"L1", "L1L2", "L2", "OrthogonalRegularizer", "l1", "l1l2", "l2",
                                   "orthogonal_regularizer"});
  REQUIRE_THROWS_WITH(
      NameOr<Regularizer>("l1_l2"),
      Equals("Could not interpret regularizer identifier: 'l1_l2'. Did you mean 'l1l2'? Known names: L1, "
             "L1L2, L2, OrthogonalRegularizer, l1, l1l2, l2, orthogonal_regularizer."));
}

TEST_CASE("Every name of a regularizer makes the object of its class", "[regularizers]") {
  REQUIRE(write("l1") == write(L1()));
  REQUIRE(write("L2") == write(L2()));
  REQUIRE(write("l1l2") == write(L1L2()));
  REQUIRE(write("orthogonal_regularizer") == write(OrthogonalRegularizer()));
}

// Keras 3.15.1, torch: y = keras.regularizers.L1(0.3)(w) and so on; y.backward().
TEST_CASE("Penalties and their gradients are Keras'", "[regularizers]") {
  struct Row {
    Regularizer regularizer;
    double penalty;
    std::vector<double> gradients;
  };
  const auto row = GENERATE(values<Row>(
      {{L1(), 0.099999994, {0.01, -0.01, 0.01, 0.01, 0.01, -0.01, 0, 0.01, 0.01}},
       {L1(0.3), 3, {0.3, -0.3, 0.3, 0.3, 0.3, -0.3, 0, 0.3, 0.3}},
       {L2(), 0.181249991, {0.01, -0.02, 0.04, 0.03, 0.005, -0.015, 0, 0.06, 0.02}},
       {L2({.l2 = 0.3}), 5.4375, {0.3, -0.6, 1.2, 0.9, 0.15, -0.45, 0, 1.8, 0.6}},
       {L1L2({.l1 = 0.1, .l2 = 0.2}), 4.625, {0.3, -0.5, 0.9, 0.7, 0.2, -0.4, 0, 1.3, 0.5}},
       {OrthogonalRegularizer(),
        0.00131802959,
        {-0.0014125054, -0.00134357426, -0.000318660692, -0.000876637641, -0.00108163105, -0.00211381912,
         -0.00116252666, 0.000166613114, -0.000499839371}},
       {OrthogonalRegularizer({.factor = 0.5, .mode = "columns"}),
        0.0278406162,
        {-0.0581052974, 0.0301511679, -0.0531405732, 0.0193684325, -0.0671052784, -0.0582771078, -0.144382402,
         0.015642494, 0.0625733137}}}));
  const at::Tensor w = weight();

  const at::Tensor penalty = row.regularizer(w);
  penalty.backward();

  REQUIRE(penalty.dim() == 0);
  REQUIRE(differences(penalty, {row.penalty}).empty());
  REQUIRE(differences(w.grad(), row.gradients).empty());
}

TEST_CASE("L1L2 without factors costs nothing", "[regularizers]") {
  REQUIRE(differences(L1L2()(weight()), {0}).empty());
}

// keras.regularizers.OrthogonalRegularizer(1.0)([[0, 0, 0], [1, 2, 2], [2, 0, 0]]); Keras' gradients there are NaN.
TEST_CASE("OrthogonalRegularizer has finite gradients for a row of zeros", "[regularizers]") {
  const at::Tensor w = test::tensor_of({0, 0, 0, 1, 2, 2, 2, 0, 0}, {3, 3}).set_requires_grad(true);

  const at::Tensor penalty = OrthogonalRegularizer({.factor = 1})(w);
  penalty.backward();

  REQUIRE(differences(penalty, {0.11111111}).empty());
  REQUIRE(w.grad().isfinite().all().item<bool>());
  REQUIRE(differences(w.grad().slice(0, 1), {0.0987654403, -0.0246913619, -0.0246913619, 0, 0.111111119, 0.111111119})
              .empty());
}

TEST_CASE("Regularizers refuse wrong arguments in Keras' words", "[regularizers]") {
  REQUIRE_THROWS_WITH(L1(-1), Equals("Invalid value for argument l1: expected a non-negative float. Received: l1=-1"));
  REQUIRE_THROWS_WITH(L2(std::numeric_limits<double>::quiet_NaN()),
                      Equals("Invalid value for argument l2: expected a non-negative float. Received: l2=nan"));
  REQUIRE_THROWS_AS(L1L2({.l2 = -1}), ValueError);
  REQUIRE_THROWS_AS(OrthogonalRegularizer({.factor = std::numeric_limits<double>::infinity()}), ValueError);
  REQUIRE_THROWS_WITH(OrthogonalRegularizer({.mode = "diag"}),
                      Equals("Invalid value for argument `mode`. Expected one of \"rows\", \"columns\". Received: "
                             "mode=diag"));
  REQUIRE_THROWS_WITH(OrthogonalRegularizer()(test::tensor_of({1, 2, 3}, {3})),
                      Equals("OrthogonalRegularizer expects a weight of rank 2. Received: shape=(3,)"));
}

TEST_CASE("A config with wrong values is refused", "[regularizers]") {
  REQUIRE_THROWS_AS(read(R"({"regularizer":{"class_name":"L1","config":{"l1":-1}}})"), ValueError);
  REQUIRE_THROWS_AS(read(R"({"regularizer":{"class_name":"L2","config":{"l2":-1}}})"), ValueError);
  REQUIRE_THROWS_AS(read(R"({"regularizer":{"class_name":"L1L2","config":{"l1":-1}}})"), ValueError);
  REQUIRE_THROWS_AS(read(R"({"regularizer":{"class_name":"OrthogonalRegularizer","config":{"mode":"x"}}})"),
                    ValueError);
}

// keras.regularizers.serialize of each, Keras 3.15.1: it keeps the factors of L1 and OrthogonalRegularizer as float32.
TEST_CASE("The configs of regularizers are Keras'", "[regularizers]") {
  const auto config_of = [](const Regularizer& regularizer) {
    return saving::write_config([&](Fields& field) { regularizer->fields(field); });
  };

  REQUIRE(config_of(L1()) == R"({"l1":0.009999999776482582})");
  REQUIRE(config_of(L1(0.3)) == R"({"l1":0.30000001192092896})");
  REQUIRE(config_of(L2()) == R"({"l2":0.01})");
  REQUIRE(config_of(L1L2()) == R"({"l1":0.0,"l2":0.0})");
  REQUIRE(config_of(OrthogonalRegularizer()) == R"({"factor":0.009999999776482582,"mode":"rows"})");
  REQUIRE(write("l2") == R"({"regularizer":{"module":"keras.regularizers","class_name":"L2","config":{"l2":0.01},)"
                         R"("registered_name":null}})");
}

TEST_CASE("A regularizer survives its config", "[regularizers]") {
  const auto regularizer = GENERATE(
      values<Regularizer>({L1(0.3), L2(0.3), L1L2({.l1 = 0.1, .l2 = 0.2}),
                           OrthogonalRegularizer({.factor = 0.5, .mode = "columns"})}));
  const std::string json = write(regularizer);

  const NameOr<Regularizer> restored = read(json);

  REQUIRE(write(restored) == json);
  REQUIRE(restored.get()(weight()).equal(regularizer(weight())));
}

TEST_CASE("Any function is a regularizer", "[regularizers]") {
  const Regularizer sum = [](const at::Tensor& w) { return w.sum() * 2; };
  const NameOr<Regularizer> argument = sum;

  REQUIRE(differences(sum(weight()), {13}).empty());
  REQUIRE_THROWS_WITH(write(argument), Equals("A regularizer that is a function can not be saved: subclass "
                                              "RegularizerImpl and register it."));
}

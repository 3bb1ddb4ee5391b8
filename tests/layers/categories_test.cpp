// Numbers of Keras 3.15.1 (TensorFlow backend), by the same calls in Python.

#include "keraslike/layers/categories.h"

#include "layers/golden.h"

using namespace keraslike;
using test::check_close;
using test::check_layer;

namespace {

const Array kValues = {{-1.5, 1.0, 3.4, 0.5}, {0.0, 3.0, 1.3, 0.0}};

std::string config_of(const Layer& layer) {
  const std::string text = layer.get_config();
  return text.substr(0, text.find("\"name\"")) + "|" + text.substr(text.find("\"dtype\""));
}

}  // namespace

TEST_CASE("Layers that make categories keep what every layer keeps", "[layers][categories]") {
  const test::LayerContract rows{.input = {2, 3}, .output = {2, 3}, .has_gradient = false};
  check_layer(layers::Discretization({.bin_boundaries = {0.0, 0.3}}), rows);
  check_layer(layers::Discretization({.bin_boundaries = {0.0, 0.3, 0.4}, .output_mode = "count"}),
              {.input = {2, 3}, .output = {2, 4}, .has_gradient = false});
  check_layer(layers::CategoryEncoding(4), {.input = {2, 3}, .output = {2, 4}, .has_gradient = false});
  check_layer(layers::CategoryEncoding(4, {.output_mode = "one_hot"}),
              {.input = {2, 3}, .output = {2, 3, 4}, .has_gradient = false});
  check_layer(layers::CategoryEncoding(4, {.output_mode = "one_hot"}),
              {.input = {2, 1}, .output = {2, 4}, .has_gradient = false});
}

TEST_CASE("Discretization gives the bin of each value", "[layers][categories][golden]") {
  const layers::Discretization bins({.bin_boundaries = {1.0, 2.5}});
  const at::Tensor found = bins(at::tensor({1.0, 2.5, std::nan(""), -1.0, 9.0}));
  CHECK(found.dtype() == at::kInt);
  check_close(found, {1, 2, 2, 0, 2});

  const auto encoded = [](const std::string& mode) {
    return layers::Discretization({.bin_boundaries = {0.0, 1.0, 2.0}, .output_mode = mode})(kValues.tensor());
  };
  check_close(encoded("one_hot"), {1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0,  //
                                   0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0});
  check_close(encoded("multi_hot"), {1, 1, 1, 1, 0, 1, 1, 1});
  check_close(encoded("count"), {1, 1, 1, 1, 0, 2, 1, 1});
}

TEST_CASE("Discretization takes the first axis of larger rows for that of the samples", "[layers][categories]") {
  const layers::Discretization bins({.bin_boundaries = {0.0}, .output_mode = "count"});
  CHECK(bins.compute_output_shape({none, 3, 4}) == Shape{none, 4, 2});
  CHECK(bins(at::zeros({2, 3, 4})).sizes() == at::IntArrayRef({2, 4, 2}));
}

TEST_CASE("Discretization learns bins that hold about as many values each", "[layers][categories][golden]") {
  const at::Tensor x = at::arange(1, 1001, at::kDouble).sin() * 3;
  const auto learned = [](layers::Discretization layer, const Data& data) {
    layer.adapt(data);
    return at::tensor(layer.bin_boundaries());
  };
  check_close(learned(layers::Discretization({.num_bins = 4}), x),
              {-2.125915050506592, -9.232712181983516e-05, 2.125977039337158});
  check_close(learned(layers::Discretization({.num_bins = 7, .epsilon = 0.05}), {x.slice(0, 0, 300), x.slice(0, 300)}),
              {-2.696186065673828, -1.866964340209961, -0.6745221614837646, 0.6895673871040344, 1.8822264671325684,
               2.6961116790771484});

  const layers::Discretization three({.num_bins = 3});
  CHECK(three.bin_boundaries().empty());
  three.adapt(kValues);
  check_close(three(kValues.tensor()), {0, 1, 2, 1, 1, 2, 2, 1});
  CHECK(config_of(three) ==
        R"({"bin_boundaries":[0.0,1.100000023841858],"num_bins":3,"epsilon":0.01,"output_mode":"int",)"
        R"("sparse":false,|"dtype":"float32"})");
  CHECK(test::copied(three)(kValues.tensor()).equal(three(kValues.tensor())));
}

TEST_CASE("CategoryEncoding marks and counts categories", "[layers][categories][golden]") {
  const at::Tensor x = at::tensor({0, 1, 1, 1}).reshape({2, 2});
  const layers::CategoryEncoding count(4, {.output_mode = "count"});
  check_close(layers::CategoryEncoding(4)(x), {1, 1, 0, 0, 0, 1, 0, 0});
  check_close(count(x), {1, 1, 0, 0, 0, 2, 0, 0});
  check_close(count({{0, 1}, {1, 1}}, {{0.1, 0.2}, {0.3, 0.4}}).tensor(), {0.1, 0.2, 0, 0, 0, 0.7, 0, 0});
  check_close(layers::CategoryEncoding(2)(at::tensor({-1, 1})), {0, 1});
  CHECK(layers::CategoryEncoding(3, {.output_mode = "binary"}).get_config().ends_with(
      R"("num_tokens":3,"output_mode":"multi_hot"})"));
}

TEST_CASE("CategoryEncoding stands in a model", "[layers][categories]") {
  const Input input({2}, {.dtype = "int64"});
  Model model({.inputs = input, .outputs = layers::CategoryEncoding(3)(input)});
  CHECK(model.predict({{0, 2}, {1, 1}}, {.verbose = 0}) == Array({{1.0f, 0.0f, 1.0f}, {0.0f, 1.0f, 0.0f}}));
}

TEST_CASE("What layers of categories can not use is told", "[layers][categories][errors]") {
  using layers::CategoryEncoding;
  using layers::Discretization;
  CHECK_THROWS_WITH(Discretization({}), "You need to set either `num_bins` or `bin_boundaries`.");
  CHECK_THROWS_WITH(Discretization({.bin_boundaries = {1.0}, .num_bins = 2}),
                    ContainsSubstring("Both `num_bins` and `bin_boundaries` should not be set."));
  CHECK_THROWS_WITH(Discretization({.num_bins = -1}),
                    "`num_bins` must be greater than or equal to 0. Received: `num_bins=-1`");
  CHECK_THROWS_WITH(
      Discretization({.bin_boundaries = {1.0}, .output_mode = "x"}),
      "Unknown value for `output_mode` argument of Discretization. Allowed values are: ('int', 'one_hot', "
      "'multi_hot', 'count'). Received: output_mode=x");
  CHECK_THROWS_WITH(
      Discretization({.bin_boundaries = {1.0}}).adapt(kValues),
      "Cannot adapt a Discretization layer that has been initialized with `bin_boundaries`, use `num_bins` "
      "instead.");
  CHECK_THROWS_WITH(
      Discretization({.num_bins = 2})(kValues.tensor()),
      ContainsSubstring("or call `adapt(dataset)` before you can start using the `Discretization` layer."));
  CHECK_THROWS_WITH(Discretization({.bin_boundaries = {1.0}, .output_mode = "count", .sparse = true}),
                    ContainsSubstring("`sparse=True` can only be used with"));
  CHECK_THROWS_WITH(CategoryEncoding(0), "`num_tokens` must be >= 1. Received: num_tokens=0.");
  CHECK_THROWS_WITH(CategoryEncoding(2, {.output_mode = "x"}), ContainsSubstring("Unknown arg for output_mode: x"));
  CHECK_THROWS_WITH(CategoryEncoding(2)(at::tensor({2})), ContainsSubstring("values in [0, 2)"));
  CHECK_THROWS_WITH(CategoryEncoding(2)({{1}}, {{1.0}}),
                    ContainsSubstring("`count_weights` is not used when `output_mode` is not `'count'`."));
}

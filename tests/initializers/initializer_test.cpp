#include <limits>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include "keraslike/initializers/initializers.h"
#include "keraslike/saving/config.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/random.h"

#include "support/tensors.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::initializers;
using test::differences;

namespace {

// What a layer with `kernel` among its arguments writes.
std::string write(NameOr<Initializer> initializer) {
  return saving::write_config([&](Fields& field) { field("kernel", initializer); });
}

NameOr<Initializer> read(const std::string& json) {
  NameOr<Initializer> initializer = none;
  saving::read_config(json, "Dense", [&](Fields& field) { field("kernel", initializer); });
  return initializer;
}

std::string config_of(const Initializer& initializer) {
  return saving::write_config([&](Fields& field) { initializer->fields(field); });
}

}  // namespace

// keras.initializers.ALL_OBJECTS_DICT of Keras 3.15.1, less Initializer.
TEST_CASE("The names of initializers are Keras'", "[initializers]") {
  REQUIRE(registry<InitializerImpl>().names() == std::vector<std::string>{"Constant",
                                                                          "GlorotNormal",
                                                                          "GlorotUniform",
                                                                          "HeNormal",
                                                                          "HeUniform",
                                                                          "Identity",
                                                                          "IdentityInitializer",
                                                                          "LecunNormal",
                                                                          "LecunUniform",
                                                                          "Ones",
                                                                          "Orthogonal",
                                                                          "OrthogonalInitializer",
                                                                          "RandomNormal",
                                                                          "RandomUniform",
                                                                          "STFT",
                                                                          "STFTInitializer",
                                                                          "TruncatedNormal",
                                                                          "VarianceScaling",
                                                                          "Zeros",
                                                                          "constant",
                                                                          "glorot_normal",
                                                                          "glorot_uniform",
                                                                          "he_normal",
                                                                          "he_uniform",
                                                                          "identity",
                                                                          "lecun_normal",
                                                                          "lecun_uniform",
                                                                          "normal",
                                                                          "one",
                                                                          "ones",
                                                                          "orthogonal",
                                                                          "random_normal",
                                                                          "random_uniform",
                                                                          "stft",
                                                                          "truncated_normal",
                                                                          "uniform",
                                                                          "variance_scaling",
                                                                          "zero",
                                                                          "zeros"});
}

TEST_CASE("Every name of an initializer makes the object of its class", "[initializers]") {
  struct Pair {
    const char* name;
    Initializer object;
  };
  const auto pair = GENERATE(values<Pair>({{"zeros", Zeros()},
                                           {"zero", Zeros()},
                                           {"ones", Ones()},
                                           {"one", Ones()},
                                           {"constant", Constant()},
                                           {"identity", Identity()},
                                           {"IdentityInitializer", Identity()},
                                           {"random_normal", RandomNormal()},
                                           {"normal", RandomNormal()},
                                           {"random_uniform", RandomUniform()},
                                           {"uniform", RandomUniform()},
                                           {"truncated_normal", TruncatedNormal()},
                                           {"variance_scaling", VarianceScaling()},
                                           {"glorot_uniform", GlorotUniform()},
                                           {"glorot_normal", GlorotNormal()},
                                           {"he_uniform", HeUniform()},
                                           {"he_normal", HeNormal()},
                                           {"lecun_uniform", LecunUniform()},
                                           {"lecun_normal", LecunNormal()},
                                           {"orthogonal", Orthogonal()},
                                           {"OrthogonalInitializer", Orthogonal()}}));

  REQUIRE(write(pair.name) == write(pair.object));
}

TEST_CASE("An unknown initializer is refused with the nearest name", "[initializers]") {
  REQUIRE_THROWS_WITH(NameOr<Initializer>("glorot_unifrom"),
                      StartsWith("Could not interpret initializer identifier: 'glorot_unifrom'. Did you mean "
                                 "'glorot_uniform'? Known names: Constant, GlorotNormal, "));
}

TEST_CASE("Constant initializers fill a tensor of the shape and type asked for", "[initializers]") {
  REQUIRE(Zeros()({2, 3}).equal(at::zeros({2, 3})));
  REQUIRE(Ones()({3}, DType::Int64).equal(at::full({3}, 1, at::kLong)));
  REQUIRE(Constant(0.5)({2}, DType::Float64).equal(at::full({2}, 0.5, at::kDouble)));
  REQUIRE(Constant(2)({}).equal(at::full({}, 2.0)));
  REQUIRE(differences(Identity(2)({2, 3}), {2, 0, 0, 0, 2, 0}).empty());
  REQUIRE(Identity()({2, 2}, DType::Int32).equal(at::eye(2, 2, at::kInt)));
}

TEST_CASE("An unseeded initializer draws one seed when it is made and none when it is called", "[initializers]") {
  set_random_seed(42);
  const GlorotUniform first;
  const GlorotUniform second;
  const at::Tensor values = first({3, 4});

  REQUIRE(first({3, 4}).equal(values));
  REQUIRE_FALSE(second({3, 4}).equal(values));
  REQUIRE(GlorotUniform({.seed = 686579304})({3, 4}).equal(values));
  REQUIRE(utils::next_seed() == 26855093);
}

TEST_CASE("Zeros, ones, constants and seeded initializers draw no seed", "[initializers]") {
  set_random_seed(42);
  const std::vector<Initializer> made{Zeros(), Ones(), Constant(1), Identity(), HeNormal({.seed = 3})};

  REQUIRE(utils::next_seed() == 686579304);
}

TEST_CASE("Truncated normals stay within two deviations", "[initializers]") {
  const at::Tensor values = TruncatedNormal({.mean = 1, .stddev = 0.1, .seed = 2})({100, 100});

  REQUIRE(values.min().item<float>() > 0.8F);
  REQUIRE(values.max().item<float>() < 1.2F);
  REQUIRE(differences(values.mean(), {1}, 0, 2e-3).empty());
}

TEST_CASE("Orthogonal kernels have orthonormal columns or rows", "[initializers]") {
  const at::Tensor tall = Orthogonal({.seed = 4})({3, 2, 5});
  const at::Tensor wide = Orthogonal({.gain = 2, .seed = 4})({3, 8}, DType::Float64);
  const at::Tensor matrix = tall.reshape({6, 5});

  REQUIRE(at::eye(5).allclose(matrix.t().mm(matrix), 0, 1e-6));
  REQUIRE(at::eye(3, at::kDouble).mul(4).allclose(wide.mm(wide.t()), 0, 1e-12));
}

TEST_CASE("A layer that knows its axes lends them to an initializer without", "[initializers]") {
  const HeUniform plain({.seed = 1});
  const HeUniform own({.seed = 1, .input_axes = {{0}}, .output_axes = {{1, 2}}});
  const RandomNormal other({.seed = 1});

  REQUIRE(with_axes(plain, {0}, {1, 2})({2, 2, 3}).equal(own({2, 2, 3})));
  REQUIRE_FALSE(plain({2, 2, 3}).equal(own({2, 2, 3})));
  REQUIRE(with_axes(own, {1}, {0}) == own);
  REQUIRE(with_axes(other, {0}, {1}) == other);
}

TEST_CASE("Lending axes keeps the seed that an initializer drew", "[initializers]") {
  set_random_seed(42);
  const GlorotUniform drawn;

  const at::Tensor values = with_axes(drawn, {0}, {1})({3, 4});

  REQUIRE(values.equal(drawn({3, 4})));
  REQUIRE(utils::next_seed() == 119540832);
}

TEST_CASE("Initializers refuse wrong arguments in Keras' words", "[initializers]") {
  REQUIRE_THROWS_WITH(VarianceScaling({.scale = -1}),
                      Equals("Argument `scale` must be positive float. Received: scale=-1"));
  REQUIRE_THROWS_AS(VarianceScaling({.scale = std::numeric_limits<double>::quiet_NaN()}), ValueError);
  REQUIRE_THROWS_WITH(VarianceScaling({.mode = "fan"}),
                      Equals("Invalid `mode` argument: fan. Please use one of 'fan_in', 'fan_out', 'fan_avg'."));
  REQUIRE_THROWS_WITH(VarianceScaling({.distribution = "foo"}),
                      Equals("Invalid `distribution` argument: foo. Please use one of 'truncated_normal', "
                             "'untruncated_normal', 'uniform'."));
}

TEST_CASE("Initializers refuse shapes that they can not fill", "[initializers]") {
  REQUIRE_THROWS_WITH(Orthogonal()({3}), Equals("The tensor to initialize must be at least two-dimensional. "
                                                "Received: shape=(3,) of rank 1."));
  REQUIRE_THROWS_WITH(Identity()({3}), Equals("Identity matrix initializer can only be used for 2D matrices. "
                                              "Received: shape=(3,) of rank 1."));
  REQUIRE_THROWS_WITH(Zeros()({none, 3}), Equals("An initializer expects a shape without open dimensions. "
                                                 "Received: shape=(None, 3)."));
  REQUIRE_THROWS_AS(HeNormal()({2, 2}, DType::Int32), ValueError);
  REQUIRE_THROWS_AS(HeNormal({.input_axes = {{3}}, .output_axes = {{0}}})({2, 2}), ValueError);
}

TEST_CASE("Any function is an initializer", "[initializers]") {
  const auto sevens = [](const Shape& shape, DType) { return at::full(shape, 7.0); };
  const Initializer initializer = sevens;
  const NameOr<Initializer> argument = sevens;
  const Initializer wrong = [](const Shape&, DType) { return at::zeros({1}); };

  REQUIRE(initializer({2, 2}).equal(at::full({2, 2}, 7.0)));
  REQUIRE(argument.get()({2}).equal(at::full({2}, 7.0)));
  REQUIRE_THROWS_WITH(wrong({2}), Equals("An initializer function must return a tensor of the shape that it is asked "
                                         "for: (2,). Received: (1,)."));
  REQUIRE_THROWS_WITH(write(argument), Equals("An initializer that is a function can not be saved: subclass "
                                              "InitializerImpl and register it."));
}

// keras.initializers.serialize of each, Keras 3.15.1.
TEST_CASE("The configs of initializers are Keras'", "[initializers]") {
  const std::string scaling = R"({"seed":null,"input_axes":null,"output_axes":null})";

  REQUIRE(config_of(Zeros()) == "{}");
  REQUIRE(config_of(Constant(2)) == R"({"value":2.0})");
  REQUIRE(config_of(Identity()) == "{}");
  REQUIRE(config_of(RandomNormal()) == R"({"seed":null,"mean":0.0,"stddev":0.05})");
  REQUIRE(config_of(RandomUniform({.seed = 3})) == R"({"seed":3,"minval":-0.05,"maxval":0.05})");
  REQUIRE(config_of(TruncatedNormal()) == R"({"seed":null,"mean":0.0,"stddev":0.05})");
  REQUIRE(config_of(VarianceScaling()) ==
          R"({"seed":null,"scale":1.0,"mode":"fan_in","distribution":"truncated_normal",)"
          R"("input_axes":null,"output_axes":null})");
  REQUIRE(config_of(GlorotNormal()) == scaling);
  REQUIRE(config_of(Orthogonal()) == R"({"seed":null,"gain":1.0})");
}

TEST_CASE("A layer's config holds an initializer as an object, even one given by name", "[initializers]") {
  REQUIRE(write("glorot_uniform") ==
          R"({"kernel":{"module":"keras.initializers","class_name":"GlorotUniform",)"
          R"("config":{"seed":null,"input_axes":null,"output_axes":null},"registered_name":null}})");
}

TEST_CASE("A name that stands for a function is written as the name", "[initializers]") {
  const Initializer function = [](const Shape& shape, DType) { return at::full(shape, 7.0); };
  registry<InitializerImpl>().add("lucky_sevens", {}, [=] { return function.impl(); });

  const std::string json = write("lucky_sevens");

  REQUIRE(json == R"({"kernel":"lucky_sevens"})");
  REQUIRE(read(json).get()({2}).equal(at::full({2}, 7.0)));
}

TEST_CASE("A seeded initializer survives its config", "[initializers]") {
  const auto initializer = GENERATE(values<Initializer>(
      {Zeros(), Ones(), Constant(0.3), Identity(2), RandomNormal({.mean = 1, .stddev = 2, .seed = 3}),
       TruncatedNormal({.mean = 1, .stddev = 2, .seed = 3}), RandomUniform({.minval = 1, .maxval = 2, .seed = 3}),
       VarianceScaling({.scale = 2, .mode = "fan_avg", .distribution = "uniform", .seed = 3, .input_axes = {{0}},
                        .output_axes = {{1}}}),
       GlorotUniform({.seed = 3}), GlorotNormal({.seed = 3}), HeUniform({.seed = 3}),
       HeNormal({.seed = 3, .input_axes = {{1}}, .output_axes = {{0}}}), LecunUniform({.seed = 3}),
       LecunNormal({.seed = 3}), Orthogonal({.gain = 2, .seed = 3})}));
  const std::string json = write(initializer);

  const NameOr<Initializer> restored = read(json);

  INFO(json);
  REQUIRE(write(restored) == json);
  REQUIRE(restored.get()({3, 4}).equal(initializer({3, 4})));
}

TEST_CASE("A config with wrong values is refused", "[initializers]") {
  REQUIRE_THROWS_WITH(read(R"({"kernel":{"class_name":"VarianceScaling","config":{"mode":"fan"}}})"),
                      ContainsSubstring("Dense.kernel.config: Invalid `mode` argument: fan."));
  REQUIRE_THROWS_WITH(read(R"({"kernel":{"class_name":"Zeros","config":{"value":1}}})"),
                      ContainsSubstring("Dense.kernel.config: the key 'value' is not known here."));
}

#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/TensorOperators.h>

#include "keraslike/constraints/constraints.h"
#include "keraslike/saving/config.h"
#include "keraslike/utils/errors.h"

#include "support/tensors.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::constraints;
using test::differences;
using test::tensor_of;

namespace {

at::Tensor weight() { return tensor_of({0.5, -1, 2, 1.5, 0.25, -0.75, 0, 3, 1}, {3, 3}); }

// What a layer with `constraint` among its arguments writes.
std::string write(NameOr<Constraint> constraint) {
  return saving::write_config([&](Fields& field) { field("constraint", constraint); });
}

NameOr<Constraint> read(const std::string& json) {
  NameOr<Constraint> constraint = none;
  saving::read_config(json, "Dense", [&](Fields& field) { field("constraint", constraint); });
  return constraint;
}

}  // namespace

// keras.constraints.ALL_OBJECTS_DICT of Keras 3.15.1, less Constraint itself.
TEST_CASE("The names of constraints are Keras'", "[constraints]") {
  REQUIRE(registry<ConstraintImpl>().names() ==
          std::vector<std::string>{"MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm", "max_norm", "min_max_norm", "non_neg",
                                   "unit_norm"});
  REQUIRE_THROWS_WITH(
      NameOr<Constraint>("nonneg"),
      Equals("Could not interpret constraint identifier: 'nonneg'. Did you mean 'non_neg'? Known names: "
             "MaxNorm, MinMaxNorm, NonNeg, UnitNorm, max_norm, min_max_norm, non_neg, unit_norm."));
}

TEST_CASE("Every name of a constraint makes the object of its class", "[constraints]") {
  REQUIRE(write("max_norm") == write(MaxNorm()));
  REQUIRE(write("MinMaxNorm") == write(MinMaxNorm()));
  REQUIRE(write("non_neg") == write(NonNeg()));
  REQUIRE(write("unit_norm") == write(UnitNorm()));
}

// Keras 3.15.1, torch: keras.constraints.MaxNorm(1, axis=1)(w) and so on.
TEST_CASE("Constrained weights are Keras'", "[constraints]") {
  struct Row {
    Constraint constraint;
    std::vector<double> expected;
  };
  const std::vector<double> unit_columns{0.316227734, -0.315244168, 0.847998321, 0.948683202, 0.078811042,
                                         -0.317999363, 0,           0.945732474, 0.423999161};
  const std::vector<double> unit_rows{0.21821788,  -0.436435759, 0.872871518, 0.884651661, 0.147441939,
                                      -0.44232583, 0,            0.948683262, 0.316227764};
  const auto row = GENERATE_COPY(values<Row>(
      {{MaxNorm(),
        {0.49999997, -0.630488336, 1.69599664, 1.49999988, 0.157622084, -0.635998726, 0, 1.89146495, 0.847998321}},
       {MaxNorm({.max_value = 1, .axis = 1}), unit_rows},
       {MaxNorm({.max_value = 1, .axis = -1}), unit_rows},
       {MaxNorm({.max_value = 3, .axis = {0, 1}}),
        {0.352332115, -0.70466423, 1.40932846, 1.05699635, 0.176166058, -0.528498173, 0, 2.11399269, 0.70466423}},
       {MinMaxNorm(), unit_columns},
       {MinMaxNorm({.min_value = 2.5, .max_value = 3, .rate = 0.5, .axis = 1}),
        {0.522772372, -1.04554474, 2.09108949, 1.85581446, 0.309302419, -0.927907228, 0, 2.92302489, 0.974341631}},
       {NonNeg(), {0.5, 0, 2, 1.5, 0.25, 0, 0, 3, 1}},
       {UnitNorm(), unit_columns},
       {UnitNorm({.axis = 1}), unit_rows},
       {UnitNorm({.axis = {0, 1}}),
        {0.117444046, -0.234888092, 0.469776183, 0.352332115, 0.0587220229, -0.176166058, 0, 0.70466423,
         0.234888092}}}));
  const at::Tensor w = weight();

  const at::Tensor constrained = row.constraint(w);

  REQUIRE(constrained.sizes() == w.sizes());
  REQUIRE(differences(constrained, row.expected, 1e-6, 0).empty());
  REQUIRE(w.equal(weight()));
}

TEST_CASE("A weight of zeros stays zero under a norm constraint", "[constraints]") {
  const at::Tensor zeros = tensor_of({0, 0, 0, 0}, {2, 2});

  REQUIRE(UnitNorm()(zeros).equal(zeros));
  REQUIRE(MinMaxNorm({.min_value = 1, .max_value = 2})(zeros).equal(zeros));
}

TEST_CASE("A norm constraint refuses an axis that the weight does not have", "[constraints]") {
  REQUIRE_THROWS_WITH(MaxNorm({.axis = {0, 2}})(weight()),
                      Equals("MaxNorm expects `axis` in [-2, 2) for an array of rank 2. Received: axis=2."));
  REQUIRE_THROWS_WITH(MinMaxNorm({.axis = -3})(weight()), StartsWith("MinMaxNorm expects `axis` in [-2, 2)"));
  REQUIRE_THROWS_WITH(UnitNorm({.axis = 2})(weight()), StartsWith("UnitNorm expects `axis` in [-2, 2)"));
}

// keras.constraints.serialize of each, Keras 3.15.1.
TEST_CASE("The configs of constraints are Keras'", "[constraints]") {
  const auto config_of = [](const Constraint& constraint) {
    return saving::write_config([&](Fields& field) { constraint->fields(field); });
  };

  REQUIRE(config_of(MaxNorm()) == R"({"max_value":2.0,"axis":0})");
  REQUIRE(config_of(MinMaxNorm()) == R"({"min_value":0.0,"max_value":1.0,"rate":1.0,"axis":0})");
  REQUIRE(config_of(NonNeg()) == "{}");
  REQUIRE(config_of(UnitNorm({.axis = {0, 1}})) == R"({"axis":[0,1]})");
  REQUIRE(write("non_neg") == R"({"constraint":{"module":"keras.constraints","class_name":"NonNeg","config":{},)"
                              R"("registered_name":null}})");
}

TEST_CASE("A constraint survives its config", "[constraints]") {
  const auto constraint = GENERATE(
      values<Constraint>({MaxNorm({.max_value = 1, .axis = {0, 1}}), MaxNorm(1.5),
                          MinMaxNorm({.min_value = 2.5, .max_value = 3, .rate = 0.5, .axis = 1}), NonNeg(),
                          UnitNorm({.axis = {1}})}));
  const std::string json = write(constraint);

  const NameOr<Constraint> restored = read(json);

  REQUIRE(write(restored) == json);
  REQUIRE(restored.get()(weight()).equal(constraint(weight())));
}

TEST_CASE("A config with an axis that is no integer is refused", "[constraints]") {
  REQUIRE_THROWS_WITH(read(R"({"constraint":{"class_name":"UnitNorm","config":{"axis":[0,0.5]}}})"),
                      ContainsSubstring("a value of the wrong kind. Received: axis=0.5"));
}

TEST_CASE("Any function is a constraint", "[constraints]") {
  const Constraint half = [](const at::Tensor& w) { return w * 0.5; };
  const NameOr<Constraint> argument = half;

  REQUIRE(differences(half(tensor_of({2, -4}, {2})), {1, -2}).empty());
  REQUIRE_THROWS_WITH(
      write(argument),
      Equals("A constraint that is a function can not be saved: subclass ConstraintImpl and register it."));
}

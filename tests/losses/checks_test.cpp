#include <string>

#include <ATen/core/Tensor.h>

#include "keraslike/losses/crossentropy.h"
#include "keraslike/losses/focal.h"
#include "keraslike/losses/generalized_crossentropy.h"
#include "keraslike/losses/regression.h"
#include "keraslike/losses/sequence.h"
#include "keraslike/losses/similarity.h"
#include "losses/inputs.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::losses;
using namespace keraslike::test;

namespace {

const Shape kRow{none};
const Shape kOne{none, 1};
const Shape kThree{none, 3};

}  // namespace

TEST_CASE("Targets of the outputs' shape are taken, whatever their trailing 1 and open batch", "[losses]") {
  REQUIRE_NOTHROW(MeanSquaredError()->check_shapes(kRow, kOne));
  REQUIRE_NOTHROW(MeanSquaredError()->check_shapes(kOne, kRow));
  REQUIRE_NOTHROW(MeanSquaredError()->check_shapes({32, 3}, kThree));
  REQUIRE_NOTHROW(BinaryCrossentropy()->check_shapes(kRow, kOne));
  REQUIRE_NOTHROW(CategoricalCrossentropy()->check_shapes(kThree, kThree));
  REQUIRE_NOTHROW(SparseCategoricalCrossentropy()->check_shapes(kRow, kThree));
  REQUIRE_NOTHROW(SparseCategoricalCrossentropy()->check_shapes(kOne, kThree));
  REQUIRE_NOTHROW(SparseCategoricalCrossentropy()->check_shapes({none, 7}, {none, 7, 3}));
  REQUIRE_NOTHROW(SparseCategoricalCrossentropy({.axis = 1})->check_shapes({none, 7}, {none, 3, 7}));
  REQUIRE_NOTHROW(CategoricalGeneralizedCrossEntropy()->check_shapes(kOne, kThree));
}

TEST_CASE("Targets that Keras would broadcast are refused", "[losses]") {
  REQUIRE_THROWS_WITH(
      MeanSquaredError()->check_shapes(kThree, kOne),
      Equals("MeanSquaredError expects targets of the same shape as the outputs. Received: "
             "y_true.shape=(None, 3), y_pred.shape=(None, 1). Make the model's last layer give 3 values "
             "on the last axis, or pass targets with 1."));
  REQUIRE_THROWS_WITH(Huber()->check_shapes(kRow, kThree), StartsWith("Huber expects targets of the same shape"));
  REQUIRE_THROWS_WITH(MeanAbsoluteError()->check_shapes({8, 1}, {9, 1}),
                      ContainsSubstring("Give as many targets as there are samples."));
  REQUIRE_THROWS_AS(MeanSquaredError()(values(), scores().narrow(1, 0, 1)), ValueError);
}

TEST_CASE("Class numbers for a binary loss of several outputs point to the sparse loss", "[losses]") {
  REQUIRE_THROWS_WITH(BinaryCrossentropy()->check_shapes(kRow, kThree),
                      ContainsSubstring("'sparse_categorical_crossentropy'"));
}

TEST_CASE("Categorical crossentropy of class numbers points to the sparse loss", "[losses]") {
  const Shape y_true = GENERATE(kRow, kOne);

  REQUIRE_THROWS_WITH(
      CategoricalCrossentropy()->check_shapes(y_true, kThree),
      ContainsSubstring("For class numbers use 'sparse_categorical_crossentropy', or make them one-hot."));
  REQUIRE_THROWS_WITH(CategoricalFocalCrossentropy()->check_shapes(y_true, kThree),
                      StartsWith("CategoricalFocalCrossentropy expects one-hot targets"));
}

TEST_CASE("Categorical crossentropy of a single output points to the binary loss", "[losses]") {
  REQUIRE_THROWS_WITH(
      CategoricalCrossentropy()->check_shapes(kOne, kOne),
      Equals("CategoricalCrossentropy expects at least two classes on axis -1 of the outputs. Received: "
             "y_true.shape=(None, 1), y_pred.shape=(None, 1). For a single output use "
             "'binary_crossentropy'."));
}

TEST_CASE("Sparse categorical crossentropy of one-hot targets points to the categorical loss", "[losses]") {
  REQUIRE_THROWS_WITH(SparseCategoricalCrossentropy()->check_shapes(kThree, kThree),
                      Equals("SparseCategoricalCrossentropy expects one class number per sample: targets of the same "
                             "shape as the outputs up until the last dimension. Received: y_true.shape=(None, 3), "
                             "y_pred.shape=(None, 3). For one-hot targets use 'categorical_crossentropy'."));
  REQUIRE_THROWS_WITH(SparseCategoricalCrossentropy({.axis = 2})->check_shapes(kRow, kThree),
                      ContainsSubstring("expects outputs that have an axis 2"));
}

TEST_CASE("The first label outside the classes is named", "[losses]") {
  const SparseCategoricalCrossentropy loss;

  REQUIRE_THROWS_WITH(
      loss->check_values(labels({0, 2, 3, 7}), kThree),
      Equals("SparseCategoricalCrossentropy expects whole class numbers in [0, 3), as the outputs have 3 "
             "classes. Received: y_true[2]=3. Number the classes from 0, or give the model's last layer "
             "more units."));
  REQUIRE_THROWS_WITH(loss->check_values(labels({0, 1, 2, -1}).reshape({2, 2}), {none, 2, 3}),
                      ContainsSubstring("y_true[(1, 1)]=-1."));
  REQUIRE_THROWS_WITH(loss->check_values(labels({0, 1}), kOne), ContainsSubstring("use a binary loss"));
  REQUIRE_NOTHROW(loss->check_values(labels({0, 1, 2}), kThree));
  REQUIRE_NOTHROW(loss->check_values(labels({0, 9}), {none, none}));
}

TEST_CASE("Labels of any number type are checked, and fractions refused", "[losses]") {
  const SparseCategoricalCrossentropy loss;
  const auto type = GENERATE(at::kByte, at::kChar, at::kShort, at::kInt, at::kLong, at::kFloat, at::kDouble);

  REQUIRE_NOTHROW(loss->check_values(labels({0, 1, 2}).to(type), kThree));
  REQUIRE_THROWS_WITH(loss->check_values(labels({0, 1, 3}).to(type), kThree), ContainsSubstring("y_true[2]=3."));
  REQUIRE_THROWS_WITH(loss->check_values(tensor({0, 1.5F}), kThree), ContainsSubstring("y_true[1]=1.5."));
}

TEST_CASE("The ignored class may lie outside the classes", "[losses]") {
  const SparseCategoricalCrossentropy loss({.ignore_class = 255});

  REQUIRE_NOTHROW(loss->check_values(labels({0, 255, 2}), kThree));
  REQUIRE_THROWS_WITH(loss->check_values(labels({0, 255, 254}), kThree), ContainsSubstring("y_true[2]=254."));
}

TEST_CASE("The label -100 is a mistake unless it is the ignored class", "[losses]") {
  REQUIRE_THROWS(SparseCategoricalCrossentropy({.from_logits = true})(labels({0, -100}), scores().narrow(0, 0, 2)));
  REQUIRE_NOTHROW(SparseCategoricalCrossentropy({.from_logits = true, .ignore_class = -100})(
      labels({0, -100}), scores().narrow(0, 0, 2)));
}

TEST_CASE("q of the generalized crossentropy lies in (0, 1)", "[losses]") {
  REQUIRE_THROWS_WITH(CategoricalGeneralizedCrossEntropy({.q = 1.0}), ContainsSubstring("q=1"));
}

TEST_CASE("Circle wants class numbers and embeddings", "[losses]") {
  REQUIRE_NOTHROW(Circle()->check_shapes(kOne, kThree));
  REQUIRE_THROWS_WITH(Circle()->check_shapes(kThree, kThree),
                      Equals("Circle expects class numbers of shape (batch_size,) or (batch_size, 1) and embeddings of "
                             "shape (batch_size, size). Received: y_true.shape=(None, 3), y_pred.shape=(None, 3)."));
}

TEST_CASE("CTC wants labels and logits, in Keras' words", "[losses]") {
  REQUIRE_THROWS_WITH(CTC()->check_shapes(kRow, {none, 5, 4}),
                      Equals("Targets `y_true` are expected to be a tensor of shape `(batch_size, max_length)` in "
                             "integer format. Received: y_true.shape=(None,)"));
  REQUIRE_THROWS_WITH(CTC()->check_shapes(kThree, kThree), StartsWith("Logits `y_pred` are expected to be a tensor"));
  REQUIRE_THROWS_WITH(CTC()->check_values(labels({1, 4}).reshape({1, 2}), {none, 5, 4}),
                      StartsWith("CTC expects whole class numbers in [0, 4)"));
}

#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>

#include "keraslike/losses/crossentropy.h"
#include "keraslike/losses/focal.h"
#include "keraslike/losses/hinge.h"
#include "keraslike/losses/regression.h"
#include "keraslike/losses/sequence.h"
#include "keraslike/losses/similarity.h"
#include "losses/inputs.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::losses;
using namespace keraslike::test;

namespace {

// v = keras.losses.<Class>(...)(y_true, y_pred); v.backward(); y_pred.grad, Keras 3.15.1 on its torch backend.
struct Row {
  Loss loss;
  at::Tensor y_true;
  float value;
  std::vector<float> gradient;
};

void check(const Row& row, const at::Tensor& y_pred) {
  INFO(row.loss.name());
  const auto outputs = y_pred.clone().requires_grad_();

  const auto value = row.loss(row.y_true, outputs);
  value.backward();

  REQUIRE(is_close(value.detach(), row.value));
  REQUIRE(is_close(outputs.grad(), row.gradient));
}

at::Tensor targets() { return tensor({0, 1, 0, 0, 1, 0, 1, 0, 0}, {3, 3}); }
at::Tensor target_classes() { return labels({1, 1, 0}); }

}  // namespace

TEST_CASE("Gradients of crossentropies are Keras' at ordinary points", "[losses]") {
  const std::vector<float> categorical{0.333333343F, -0.333333343F, 0.333333343F, 0.256410271F, -1.41025651F,
                                       0.256410271F, -3.11111093F,  0.222222224F, 0.222222224F};
  const std::vector<Row> rows{
      {BinaryCrossentropy(),
       targets(),
       1.0472794771194458F,
       {0.138888881F, -0.222222224F, 0.158730164F, 0.370370358F, -0.555555522F, 0.185185179F, -1.11111116F,
        0.555555582F, 0.277777791F}},
      {CategoricalCrossentropy(), targets(), 1.7576665878295898F, categorical},
      {SparseCategoricalCrossentropy(), target_classes(), 1.7576665878295898F, categorical},
      {SparseCategoricalCrossentropy({.ignore_class = 1}),
       target_classes(),
       2.708050489425659F,
       {0, 0, 0, 0, 0, 0, -9.33333206F, 0.666666627F, 0.666666627F}},
      {BinaryFocalCrossentropy(),
       targets(),
       0.5712257027626038F,
       {0.0154730454F, -0.132571906F, 0.0380640477F, 0.368766129F, -0.641677856F, 0.0750363469F, -1.36051702F,
        0.641677916F, 0.222172111F}},
      {CategoricalFocalCrossentropy(),
       targets(),
       0.32270547747612F,
       {0.0497144684F, -0.0497144684F, 0.0497144684F, 0.0771352276F, -0.424243718F, 0.0771352276F, -0.939643323F,
        0.0671173856F, 0.0671173856F}},
  };
  const auto i = GENERATE_REF(range(size_t{0}, rows.size()));

  check(rows[i], tensor({0.2F, 0.5F, 0.3F, 0.7F, 0.2F, 0.4F, 0.1F, 0.8F, 0.6F}, {3, 3}));
}

TEST_CASE("A saturated probability has no gradient, as on Keras' torch backend", "[losses]") {
  const std::vector<float> nothing(9, 0.0F);
  const std::vector<Row> rows{
      {BinaryCrossentropy(), targets(), 5.5265793800354F, {0, 0, 0, 0, 0, 0, 0, 0.158730164F, 0.370370358F}},
      {CategoricalCrossentropy(), targets(), 10.745396614074707F, nothing},
      {SparseCategoricalCrossentropy(), target_classes(), 10.745396614074707F, nothing},
      {SparseCategoricalCrossentropy({.ignore_class = 1}), target_classes(), 16.11809539794922F, nothing},
      {BinaryFocalCrossentropy(),
       targets(),
       5.422290802001953F,
       {0, 0, 0, 3.54275227F, -3.58179903F, 0, -3.58179903F, 0.0380640477F, 0.368766129F}},
      {CategoricalFocalCrossentropy(), targets(), 2.6863486766815186F, nothing},
  };
  const auto i = GENERATE_REF(range(size_t{0}, rows.size()));

  check(rows[i], tensor({0, 1, 0, 1, 0, 0, 1e-9F, 0.3F, 0.7F}, {3, 3}));
}

TEST_CASE("Gradients from logits are Keras', however certain the logits are", "[losses]") {
  const std::vector<float> categorical{0.333333343F, -0.333333343F, 0, 0,           0,
                                       0,            -0.179504126F, 0.0763893276F, 0.103114806F};
  const std::vector<Row> rows{
      {BinaryCrossentropy({.from_logits = true}),
       targets(),
       11.466988563537598F,
       {0.111111112F, -0.111111112F, 0.055555556F, 0, 0, 0.055555556F, -0.041948963F, 0.0500184484F, 0.0583310202F}},
      {CategoricalCrossentropy({.from_logits = true}), targets(), 33.59109878540039F, categorical},
      {SparseCategoricalCrossentropy({.from_logits = true}), target_classes(), 33.59109878540039F, categorical},
      {SparseCategoricalCrossentropy({.from_logits = true, .ignore_class = 1}),
       target_classes(),
       0.7732999920845032F,
       {0, 0, 0, 0, 0, 0, -0.538512349F, 0.229167983F, 0.309344411F}},
  };
  const auto i = GENERATE_REF(range(size_t{0}, rows.size()));

  check(rows[i], tensor({50, -50, 0, -50, 50, 0, 0.5F, -0.2F, 0.1F}, {3, 3}));
}

TEST_CASE("Gradients of regression losses are Keras', at their kinks too", "[losses]") {
  const auto y = tensor({1, 0, 2}, {1, 3});
  const std::vector<Row> rows{
      {MeanSquaredError(), y, 5.083333492279053F, {0, 2, -1.66666675F}},
      {MeanAbsoluteError(), y, 1.8333333730697632F, {0, 0.333333343F, -0.333333343F}},
      {Huber(), y, 1.5F, {0, 0.333333343F, -0.333333343F}},
      {LogCosh(), y, 1.3742989301681519F, {0, 0.331684917F, -0.328871399F}},
      {MeanAbsolutePercentageError(), y, 1000000128.0F, {0, 333333312.0F, -16.666666F}},
      {MeanSquaredLogarithmicError(), y, 1.0429201126098633F, {0, 0.231049046F, 0}},
      {CosineSimilarity(), y, 0.0F, {-0.139686063F, 0, -0.279372126F}},
  };
  const auto i = GENERATE_REF(range(size_t{0}, rows.size()));

  check(rows[i], tensor({1, 3, -0.5F}, {1, 3}));
}

// Keras' maximum passes half of the gradient where both sides are equal.
TEST_CASE("Hinge passes half of the gradient on its margin", "[losses]") {
  check({Hinge(), tensor({1, -1, 1}, {1, 3}), 1.0F, {-0.166666672F, 0.333333343F, -0.333333343F}},
        tensor({1, 0.5F, -0.5F}, {1, 3}));
}

TEST_CASE("An ignored sample without any probability has no gradient, not NaN", "[losses]") {
  const auto outputs = tensor({0, 0, 0.5F, 0.5F}, {2, 2}).requires_grad_();

  SparseCategoricalCrossentropy({.ignore_class = 1})(labels({1, 0}), outputs).backward();

  REQUIRE(is_close(outputs.grad(), {0, 0, -1, 1}));
}

TEST_CASE("Circle's gradient is Keras', also for a sample without a partner", "[losses]") {
  const at::Tensor embeddings = scores() / scores().norm(2, {1}, true);
  check({Circle({.gamma = 2.0}), labels({2, 0, 1, 1}), 1.7097175F,
         {-0.012514375F, 1.3548195F, -0.43623614F, 0.0090607833F, -0.030441731F, 0.0024587444F, 1.4845064F,
          -0.129738F, -1.7629145F, -0.076954201F, -1.8455377F, 0.6491729F}},
        embeddings);
}

TEST_CASE("CTC's gradient is Keras'", "[losses]") {
  const at::Tensor logits = (at::arange(40, at::kFloat) * 1.7F).sin().reshape({2, 5, 4}).requires_grad_();
  CTC()(labels({1, 2, 2, 3, 1, 0}).reshape({2, 3}), logits).backward();

  REQUIRE(is_close(logits.grad()[0], {0.064607523F, -0.18489148F, 0.079575568F,  0.040708374F, 0.091528885F,
                                      0.085955307F, -0.23251459F, 0.055030394F,  -0.028400524F, 0.14600806F,
                                      -0.2022066F,  0.084599055F, -0.13116764F, 0.082675546F, -0.083483778F,
                                      0.13197587F,  0.11590379F,  0.049572069F, -0.35841864F, 0.19294277F},
                   1e-5));
}

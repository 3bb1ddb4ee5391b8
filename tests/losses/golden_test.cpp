#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>

#include "keraslike/losses/crossentropy.h"
#include "keraslike/losses/focal.h"
#include "keraslike/losses/generalized_crossentropy.h"
#include "keraslike/losses/hinge.h"
#include "keraslike/losses/probabilistic.h"
#include "keraslike/losses/regression.h"
#include "keraslike/losses/segmentation.h"
#include "keraslike/losses/sequence.h"
#include "keraslike/losses/similarity.h"
#include "losses/inputs.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::losses;
using namespace keraslike::test;

namespace {

struct Golden {
  std::string loss;
  Loss mean;
  Loss per_sample;
  at::Tensor y_true;
  at::Tensor y_pred;
  float value;
  float weighted;
  std::vector<float> values;
};

template <class LossType, class Options>
Golden golden(const std::string& name, Options options, at::Tensor y_true, at::Tensor y_pred, float value,
              float weighted, std::vector<float> values) {
  Options unreduced = options;
  unreduced.reduction = "none";
  return {name, LossType(options), LossType(unreduced), y_true, y_pred, value, weighted, std::move(values)};
}

void check(const Golden& golden) {
  INFO(golden.loss);
  REQUIRE(is_close(golden.mean(golden.y_true, golden.y_pred), golden.value));
  REQUIRE(is_close(golden.mean(golden.y_true, golden.y_pred, weights()), golden.weighted));
  REQUIRE(is_close(golden.per_sample(golden.y_true, golden.y_pred), golden.values));
}

at::Tensor embeddings() { return scores() / scores().norm(2, {1}, true); }

}  // namespace

// keras.losses.<Class>(**options)(y_true, y_pred[, sample_weight]), Keras 3.15.1 on its torch backend.
TEST_CASE("Regression losses are Keras' numbers", "[losses]") {
  using O = LossOptions;
  const auto row = GENERATE_COPY(
      golden<MeanSquaredError>("MeanSquaredError", O{}, values(), scores(), 1.7499789F, 2.5237765F,
                               {0.52709395F, 1.1969576F, 4.194974F, 1.08089F}),
      golden<MeanAbsoluteError>("MeanAbsoluteError", O{}, values(), scores(), 1.063F, 1.6193333F,
                                {0.52599996F, 1.0029999F, 1.9803333F, 0.74266666F}),
      golden<MeanAbsolutePercentageError>("MeanAbsolutePercentageError", O{}, values(), scores(), 183.46059F,
                                          228.57764F, {358.67523F, 136.98038F, 126.77404F, 111.41272F}),
      golden<MeanSquaredLogarithmicError>("MeanSquaredLogarithmicError", O{}, values(), scores(), 0.10384266F,
                                          0.15100646F, {0.026067419F, 0.092816316F, 0.24205059F, 0.05443631F}),
      golden<LogCosh>("LogCosh", O{}, values(), scores(), 0.59965944F, 0.88583446F,
                      {0.21770214F, 0.47405815F, 1.3171307F, 0.38974664F}),
      golden<Huber>("Huber", HuberOptions{}, values(), scores(), 0.68033075F, 1.0062599F,
                    {0.25480682F, 0.5412461F, 1.4803333F, 0.44493684F}),
      golden<Huber>("Huber(delta=0.3)", HuberOptions{.delta = 0.3}, values(), scores(), 0.2775349F, 0.4192629F,
                    {0.11970683F, 0.2559F, 0.54910004F, 0.18543267F}),
      golden<CosineSimilarity>("CosineSimilarity", CosineSimilarityOptions{}, values(), scores(), 0.26611933F,
                               0.29279536F, {0.7110474F, -0.20052035F, 0.22257622F, 0.33137408F}));

  check(row);
}

TEST_CASE("Binary crossentropy is Keras' numbers", "[losses]") {
  using O = BinaryCrossentropyOptions;
  const auto row = GENERATE_COPY(
      golden<BinaryCrossentropy>("probabilities", O{}, multi_hot(), probabilities(), 0.8290678F, 1.285155F,
                                 {0.49344388F, 0.6016911F, 1.4864464F, 0.7346899F}),
      golden<BinaryCrossentropy>("label_smoothing=0.2", O{.label_smoothing = 0.2}, multi_hot(), probabilities(),
                                 0.8521985F, 1.3223418F, {0.5864805F, 0.65617937F, 1.4073168F, 0.7588172F}),
      golden<BinaryCrossentropy>("from_logits", O{.from_logits = true}, multi_hot(), scores(), 0.8175418F, 1.3033029F,
                                 {0.6959769F, 0.68049604F, 1.0884258F, 0.80526847F}),
      golden<BinaryCrossentropy>("from_logits, label_smoothing=0.2", O{.from_logits = true, .label_smoothing = 0.2},
                                 multi_hot(), scores(), 0.80255014F, 1.2847279F,
                                 {0.69677687F, 0.69902945F, 1.0253592F, 0.7890351F}));

  check(row);
}

TEST_CASE("Categorical crossentropy is Keras' numbers", "[losses]") {
  using O = CategoricalCrossentropyOptions;
  const auto row = GENERATE_COPY(
      golden<CategoricalCrossentropy>("probabilities", O{}, one_hot(), probabilities(), 0.8007262F, 1.1441889F,
                                      {0.7946542F, 0.8173294F, 1.1139973F, 0.476924F}),
      golden<CategoricalCrossentropy>("label_smoothing=0.2", O{.label_smoothing = 0.2}, one_hot(), probabilities(),
                                      0.9145113F, 1.3352535F, {0.9323695F, 0.8790905F, 1.2115535F, 0.6350316F}),
      golden<CategoricalCrossentropy>("from_logits", O{.from_logits = true}, one_hot(), scores(), 0.95028913F,
                                      1.4792125F, {1.408572F, 1.2385023F, 0.36334392F, 0.7907384F}),
      golden<CategoricalCrossentropy>("from_logits, label_smoothing=0.2",
                                      O{.from_logits = true, .label_smoothing = 0.2}, one_hot(), scores(), 1.0031558F,
                                      1.5749958F, {1.3520386F, 1.216169F, 0.5708106F, 0.8736051F}));

  check(row);
}

TEST_CASE("Sparse categorical crossentropy is Keras' numbers", "[losses]") {
  using O = SparseCategoricalCrossentropyOptions;
  const auto row = GENERATE_COPY(
      golden<SparseCategoricalCrossentropy>("probabilities", O{}, classes(), probabilities(), 0.8007262F, 1.1441889F,
                                            {0.7946542F, 0.8173294F, 1.1139973F, 0.476924F}),
      golden<SparseCategoricalCrossentropy>("from_logits", O{.from_logits = true}, classes(), scores(), 0.95028913F,
                                            1.4792125F, {1.408572F, 1.2385023F, 0.36334392F, 0.7907384F}),
      golden<SparseCategoricalCrossentropy>("ignore_class=1", O{.ignore_class = 1}, classes(), probabilities(),
                                            0.80599177F, 1.015993F, {0.7946542F, 0.8173294F, 0.0F, 0.0F}),
      golden<SparseCategoricalCrossentropy>("ignore_class=1, from_logits", O{.from_logits = true, .ignore_class = 1},
                                            classes(), scores(), 1.3235371F, 1.5906453F,
                                            {1.408572F, 1.2385023F, 0.0F, 0.0F}));

  check(row);
}

TEST_CASE("Divergences and hinge losses are Keras' numbers", "[losses]") {
  using O = LossOptions;
  const auto row = GENERATE_COPY(
      golden<KLDivergence>("KLDivergence", O{}, probabilities().flip(0), probabilities(), 0.592418F, 0.47699866F,
                           {0.30124933F, -0.61003953F, 2.5289688F, 0.14949341F}),
      golden<Poisson>("Poisson", O{}, multi_hot(), probabilities(), 0.99420714F, 1.5813768F,
                      {0.8202729F, 0.71445346F, 1.4199215F, 1.0221807F}),
      golden<Hinge>("Hinge", O{}, multi_hot(), scores(), 1.1499166F, 1.81075F,
                    {0.9919999F, 0.81466657F, 1.6306667F, 1.1623334F}),
      golden<Hinge>("Hinge of signs", O{}, 2.0 * multi_hot() - 1.0, scores(), 1.1499166F, 1.81075F,
                    {0.9919999F, 0.81466657F, 1.6306667F, 1.1623334F}),
      golden<SquaredHinge>("SquaredHinge", O{}, multi_hot(), scores(), 1.7117219F, 2.692274F,
                           {1.038826F, 1.29099F, 2.941755F, 1.5753163F}),
      golden<CategoricalHinge>("CategoricalHinge", O{}, one_hot(), scores(), 1.08275F, 1.792375F,
                               {1.573F, 1.891F, 0.0F, 0.867F}));

  check(row);
}

TEST_CASE("Focal and generalized crossentropies are Keras' numbers", "[losses]") {
  using B = BinaryFocalCrossentropyOptions;
  using C = CategoricalFocalCrossentropyOptions;
  using G = CategoricalGeneralizedCrossEntropyOptions;
  const auto row = GENERATE_COPY(
      golden<BinaryFocalCrossentropy>("BinaryFocalCrossentropy", B{}, multi_hot(), probabilities(), 0.45387787F,
                                      0.66114557F, {0.12408477F, 0.1908526F, 1.1504439F, 0.35013023F}),
      golden<BinaryFocalCrossentropy>("balanced", B{.apply_class_balancing = true, .alpha = 0.3, .gamma = 1.5},
                                      multi_hot(), probabilities(), 0.18707009F, 0.28655523F,
                                      {0.052174103F, 0.17487878F, 0.39665303F, 0.124574445F}),
      golden<BinaryFocalCrossentropy>("from_logits, label_smoothing=0.2",
                                      B{.from_logits = true, .label_smoothing = 0.2}, multi_hot(), scores(),
                                      0.26772752F, 0.42279148F, {0.17890371F, 0.21403389F, 0.4301357F, 0.24783687F}),
      golden<CategoricalFocalCrossentropy>("CategoricalFocalCrossentropy", C{}, one_hot(), probabilities(), 0.06656411F,
                                           0.08360449F, {0.05971665F, 0.06371083F, 0.12567444F, 0.017154517F}),
      golden<CategoricalFocalCrossentropy>(
          "alpha=0.3, gamma=1.5, label_smoothing=0.2", C{.alpha = 0.3, .gamma = 1.5, .label_smoothing = 0.2}, one_hot(),
          probabilities(), 0.14086281F, 0.19172162F, {0.1434131F, 0.1201657F, 0.22238438F, 0.07748805F}),
      golden<CategoricalFocalCrossentropy>("from_logits", C{.from_logits = true}, one_hot(), scores(), 0.10615808F,
                                           0.149593F, {0.20100042F, 0.1561623F, 0.008430787F, 0.059038807F}),
      golden<CategoricalGeneralizedCrossEntropy>("q=0.5", G{}, classes(), probabilities(), 0.5161158F, 0.6357575F,
                                                 {0.63178945F, 0.102633476F, 0.984126F, 0.34591413F}),
      golden<CategoricalGeneralizedCrossEntropy>("q=0.8", G{.q = 0.8}, classes(), probabilities(), 0.45619032F,
                                                 0.57408017F, {0.56906337F, 0.10104239F, 0.8271311F, 0.3275244F}));

  check(row);
}

TEST_CASE("Overlap losses are Keras' numbers", "[losses]") {
  const auto row = GENERATE_COPY(
      golden<Dice>("Dice", DiceOptions{}, multi_hot(), probabilities(), 0.48877943F, 0.7942666F, {0.48877943F}),
      golden<Dice>("Dice per sample", DiceOptions{.axis = {1}}, multi_hot(), probabilities(), 0.538177F, 0.8093269F,
                   {0.3530962F, 0.40750492F, 0.96528554F, 0.4268214F}),
      golden<Tversky>("Tversky", TverskyOptions{.alpha = 0.3, .beta = 0.9}, multi_hot(), probabilities(), 0.5088863F,
                      0.8269402F, {0.5088863F}));

  check(row);
}

// The values of rows that do not sum to 1: y = [[0,1,0],[1,0,0]], p = [[.1,.7,.2],[.3,.3,.6]], Keras 3.15.1.
TEST_CASE("Losses named by strings are Keras' numbers, plain and weighted", "[losses]") {
  const auto [name, value, weighted] = GENERATE(table<std::string, float, float>({
      {"mse", 0.18F, 0.4933333F},
      {"MAE", 0.3666667F, 0.9F},
      {"mape", 2.0000002e8F, 5.0000006e8F},
      {"msle", 0.0906750F, 0.2491124F},
      {"cosine_similarity", -0.6804138F, -1.0886621F},
      {"huber", 0.09F, 0.2466667F},
      {"log_cosh", 0.0851578F, 0.2324066F},
      {"kld", 0.7803209F, 1.9842906F},
      {"poisson", 0.6267745F, 1.4280988F},
      {"hinge", 1.0333333F, 2.2333333F},
      {"squared_hinge", 1.2466667F, 2.8266667F},
      {"categorical_hinge", 0.9F, 2.2F},
      {"bce", 0.5270196F, 1.3526658F},
      {"binary_focal_crossentropy", 0.1656654F, 0.4829694F},
      {"categorical_crossentropy", 0.8714846F, 2.2577791F},
      {"categorical_focal_crossentropy", 0.1014865F, 0.2964340F},
  }));
  const auto y_true = tensor({0, 1, 0, 1, 0, 0}, {2, 3});
  const auto y_pred = tensor({0.1F, 0.7F, 0.2F, 0.3F, 0.3F, 0.6F}, {2, 3});
  const Loss loss = NameOr<Loss>(name).get();
  INFO(name);

  REQUIRE(is_close(loss(y_true, y_pred), value));
  REQUIRE(is_close(loss(y_true, y_pred, tensor({1, 3})), weighted));
}

// keras.losses.SparseCategoricalCrossentropy(axis=1, reduction="none"), and the categorical one of the same classes.
TEST_CASE("Classes may lie on another axis", "[losses]") {
  const auto outputs =
      tensor({0.13F, 0.26F, 0.77F, 0.57F, 0.13F, 0.44F, 0.48F, 0.19F, 0.71F, 0.15F, 0.40F, 0.52F}, {2, 3, 2});
  const auto numbers = labels({0, 2, 1, 1}).reshape({2, 2});
  const auto hot = tensor({1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0}, {2, 3, 2});
  const std::vector<float> expected{2.0698F, 1.0600F, 0.8062F, 1.7463F};

  REQUIRE(is_close(SparseCategoricalCrossentropy({.reduction = "none", .axis = 1})(numbers, outputs), expected, 1e-4));
  REQUIRE(is_close(CategoricalCrossentropy({.axis = 1, .reduction = "none"})(hot, outputs), expected, 1e-4));
  REQUIRE(is_close(
      SparseCategoricalCrossentropy({.from_logits = true, .reduction = "none", .axis = 1})(numbers, outputs),
      {1.3601F, 1.0899F, 0.9274F, 1.2495F}, 1e-4));
}

TEST_CASE("Circle is Keras' numbers", "[losses]") {
  using O = CircleOptions;
  const auto row = GENERATE_COPY(
      golden<Circle>("pairs", O{}, labels({2, 0, 0, 2}), embeddings(), 89.324547F, 117.02138F,
                     {102.35966F, 73.392303F, 137.25876F, 44.287437F}),
      golden<Circle>("options", O{.gamma = 2.0, .margin = 0.25, .remove_diagonal = false}, labels({2, 0, 0, 2}),
                     embeddings(), 3.2214353F, 4.7370181F, {3.3714805F, 3.0046625F, 4.1378932F, 2.3717048F}),
      golden<Circle>("two samples without a partner", O{.gamma = 2.0}, classes(), embeddings(), 1.7097175F, 2.9482241F,
                     {0.0F, 0.0F, 2.1809285F, 1.2385067F}));

  check(row);
}

// Weights {0.5, 2}; the second row has one label less.
TEST_CASE("CTC is Keras' numbers", "[losses]") {
  const at::Tensor logits = (at::arange(40, at::kFloat) * 1.7F).sin().reshape({2, 5, 4});
  const at::Tensor spelled = labels({1, 2, 2, 3, 1, 0}).reshape({2, 3});

  REQUIRE(is_close(CTC()(spelled, logits), 4.5867634F));
  REQUIRE(is_close(CTC()(spelled, logits, tensor({0.5F, 2.0F})), 5.0235658F));
  REQUIRE(is_close(CTC({.reduction = "none"})(spelled, logits), {5.5332813F, 3.6402454F}));
}

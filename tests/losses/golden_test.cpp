#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "keraslike/losses/crossentropy.h"
#include "keraslike/losses/regression.h"
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

}  // namespace

// keras.losses.<Class>(**options)(y_true, y_pred[, sample_weight]), Keras 3.15.1 on its torch backend.
TEST_CASE("Regression losses are Keras' numbers", "[losses]") {
  using O = LossOptions;
  const auto row = GENERATE_COPY(
      golden<MeanSquaredError>("MeanSquaredError", O{}, values(), scores(), 1.7499789F, 2.5237765F,
                               {0.52709395F, 1.1969576F, 4.194974F, 1.08089F}),
      golden<MeanAbsoluteError>("MeanAbsoluteError", O{}, values(), scores(), 1.063F, 1.6193333F,
                                {0.52599996F, 1.0029999F, 1.9803333F, 0.74266666F}),
      golden<MeanAbsolutePercentageError>("MeanAbsolutePercentageError", O{}, values(), scores(), 183.46059F, 228.57764F,
                                          {358.67523F, 136.98038F, 126.77404F, 111.41272F}),
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
      golden<CategoricalCrossentropy>("from_logits, label_smoothing=0.2", O{.from_logits = true, .label_smoothing = 0.2},
                                      one_hot(), scores(), 1.0031558F, 1.5749958F,
                                      {1.3520386F, 1.216169F, 0.5708106F, 0.8736051F}));

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

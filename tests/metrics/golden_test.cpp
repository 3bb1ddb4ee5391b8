#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/eye.h>

#include "keraslike/metrics/accuracy.h"
#include "keraslike/metrics/auc.h"
#include "keraslike/metrics/confusion.h"
#include "keraslike/metrics/correlation.h"
#include "keraslike/metrics/f_score.h"
#include "keraslike/metrics/hinge.h"
#include "keraslike/metrics/iou.h"
#include "keraslike/metrics/operating_point.h"
#include "keraslike/metrics/probabilistic.h"
#include "keraslike/metrics/r2_score.h"
#include "keraslike/metrics/regression.h"
#include "losses/inputs.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::metrics;
using namespace keraslike::test;

namespace {

// m = keras.metrics.<Class>(...); m.update_state(y_true, y_pred[, sample_weight]); m.result(), Keras 3.15.1 on its
// torch backend.
struct Row {
  Metric metric;
  at::Tensor y_true;
  at::Tensor y_pred;
  std::vector<float> result;
  std::vector<float> weighted;
};

// As one batch, as two batches of different size, and with weights.
void check(const Row& row, const at::Tensor& sample_weight = weights(), double tolerance = 3e-6) {
  row.metric.update_state(row.y_true, row.y_pred);
  REQUIRE(is_close(row.metric.result(), row.result, tolerance));

  row.metric.reset_state();
  row.metric.update_state(row.y_true.narrow(0, 0, 1), row.y_pred.narrow(0, 0, 1));
  row.metric.update_state(row.y_true.narrow(0, 1, 3), row.y_pred.narrow(0, 1, 3));
  REQUIRE(is_close(row.metric.result(), row.result, tolerance));

  row.metric.reset_state();
  row.metric.update_state(row.y_true, row.y_pred, sample_weight);
  REQUIRE(is_close(row.metric.result(), row.weighted, tolerance));
}

// The second output hardly varies, so that its float32 sums cancel: 1e-5 is what two orders of adding differ by.
void check_loosely(const Row& row) { check(row, weights(), 1e-5); }

}  // namespace

TEST_CASE("Accuracies are Keras' numbers", "[metrics]") {
  const std::vector<Row> rows{
    Row{Accuracy(), classes(), labels({2, 1, 1, 0}), {0.5F}, {0.23076923F}},
    Row{BinaryAccuracy(), multi_hot(), probabilities(), {0.5833334F}, {0.5641026F}},
    Row{BinaryAccuracy({.threshold = 0.3}), multi_hot(), probabilities(), {0.5833334F}, {0.53846157F}},
    Row{CategoricalAccuracy(), one_hot(), probabilities(), {0.5F}, {0.7692308F}},
    Row{SparseCategoricalAccuracy(), classes(), probabilities(), {0.5F}, {0.7692308F}},
    Row{TopKCategoricalAccuracy({.k = 2}), one_hot(), probabilities(), {1.0F}, {1.0F}},
    Row{SparseTopKCategoricalAccuracy({.k = 2}), classes(), probabilities(), {1.0F}, {1.0F}},
  };
  const auto i = GENERATE_REF(range(size_t{0}, rows.size()));
  INFO(rows[i].metric.name() << ", row " << i);

  check(rows[i]);
}

TEST_CASE("Errors are Keras' numbers", "[metrics]") {
  const std::vector<Row> rows{
    Row{MeanSquaredError(), values(), scores(), {1.7499789F}, {1.5530932F}},
    Row{RootMeanSquaredError(), values(), scores(), {1.3228676F}, {1.2462316F}},
    Row{MeanAbsoluteError(), values(), scores(), {1.063F}, {0.9965128F}},
    Row{MeanAbsolutePercentageError(), values(), scores(), {183.46059F}, {140.66316F}},
    Row{MeanSquaredLogarithmicError(), values(), scores(), {0.10384266F}, {0.09292705F}},
    Row{LogCoshError(), values(), scores(), {0.59965944F}, {0.5451289F}},
    Row{CosineSimilarity(), values(), scores(), {-0.26611933F}, {-0.18018176F}},
    Row{BinaryCrossentropy(), multi_hot(), probabilities(), {0.8290678F}, {0.79086465F}},
    Row{BinaryCrossentropy({.from_logits = true, .label_smoothing = 0.2}), multi_hot(), scores(),
          {0.80255014F}, {0.7906018F}},
    Row{CategoricalCrossentropy(), one_hot(), probabilities(), {0.8007262F}, {0.7041162F}},
    Row{CategoricalCrossentropy({.from_logits = true, .label_smoothing = 0.2}), one_hot(), scores(),
          {1.0031558F}, {0.96922815F}},
    Row{SparseCategoricalCrossentropy(), classes(), probabilities(), {0.8007262F}, {0.7041162F}},
    Row{SparseCategoricalCrossentropy({.ignore_class = 1}), classes(), probabilities(), {0.40299588F}, {0.8127944F}},
    Row{SparseCategoricalCrossentropy({.from_logits = true}), classes(), scores(), {0.95028913F}, {0.91028464F}},
    Row{KLDivergence(), multi_hot(), probabilities(), {1.7421203F}, {1.5831558F}},
    Row{Poisson(), multi_hot(), probabilities(), {0.99420714F}, {0.97315496F}},
    Row{Hinge(), multi_hot(), scores(), {1.1499166F}, {1.1143076F}},
    Row{SquaredHinge(), multi_hot(), scores(), {1.7117219F}, {1.656784F}},
    Row{CategoricalHinge(), one_hot(), scores(), {1.08275F}, {1.1029999F}},
    Row{PearsonCorrelation(), values(), scores(), {-0.22518417F}, {-0.27802166F}},
    Row{ConcordanceCorrelation(), values(), scores(), {-0.23180147F}, {-0.21648827F}},
  };
  const auto i = GENERATE_REF(range(size_t{0}, rows.size()));
  INFO(rows[i].metric.name() << ", row " << i);

  check(rows[i]);
}

TEST_CASE("R2Score is Keras' numbers", "[metrics]") {
  const std::vector<Row> rows{
    Row{R2Score(), values(), scores(), {-38.561295F}, {-89.15151F}},
    Row{R2Score({.class_aggregation = std::nullopt}), values(), scores(),
          {-0.75416124F, -115.09896F, 0.16923726F}, {-1.0530186F, -266.69128F, 0.28976113F}},
    Row{R2Score({.class_aggregation = "variance_weighted_average"}), values(), scores(), {-2.2603211F}, {-2.76007F}},
  };
  const auto i = GENERATE_REF(range(size_t{0}, rows.size()));
  INFO(rows[i].metric.name() << ", row " << i);

  check_loosely(rows[i]);
}

TEST_CASE("Counts and rates of hits and misses are Keras' numbers", "[metrics]") {
  const std::vector<Row> rows{
    Row{TruePositives(), multi_hot(), probabilities(), {3.0F}, {5.5F}},
    Row{FalsePositives(), multi_hot(), probabilities(), {2.0F}, {4.0F}},
    Row{TrueNegatives(), multi_hot(), probabilities(), {4.0F}, {5.5F}},
    Row{FalseNegatives(), multi_hot(), probabilities(), {3.0F}, {4.5F}},
    Row{TruePositives({.thresholds = {0.2, 0.6}}), multi_hot(), probabilities(), {5.0F, 2.0F}, {9.0F, 5.0F}},
    Row{FalseNegatives({.thresholds = {0.0, 0.25, 0.5, 0.75, 1.0}}), multi_hot(), probabilities(),
          {0.0F, 2.0F, 3.0F, 5.0F, 6.0F}, {0.0F, 4.0F, 4.5F, 8.0F, 10.0F}},
    Row{Precision(), multi_hot(), probabilities(), {0.6F}, {0.57894737F}},
    Row{Recall(), multi_hot(), probabilities(), {0.5F}, {0.55F}},
    Row{Precision({.thresholds = {0.2, 0.6}}), multi_hot(), probabilities(), {0.5F, 0.6666667F}, {0.5F, 0.71428573F}},
    Row{Recall({.thresholds = {0.0, 0.5, 1.0}}), multi_hot(), probabilities(),
          {1.0F, 0.5F, 0.0F}, {1.0F, 0.55F, 0.0F}},
    Row{Precision({.top_k = 2}), multi_hot(), probabilities(), {0.5F}, {0.46153846F}},
    Row{Recall({.top_k = 2}), multi_hot(), probabilities(), {0.6666667F}, {0.6F}},
    Row{Precision({.class_id = 1}), multi_hot(), probabilities(), {0.6666667F}, {0.6363636F}},
    Row{Recall({.class_id = 1}), multi_hot(), probabilities(), {1.0F}, {1.0F}},
    Row{Precision({.thresholds = {0.5}, .top_k = 1}), multi_hot(), probabilities(), {1.0F}, {1.0F}},
    Row{F1Score(), multi_hot(), probabilities(), {0.49999994F, 1.0F, 0.0F}, {0.49999994F, 1.0F, 0.0F}},
    Row{F1Score({.threshold = 0.5}), multi_hot(), probabilities(),
          {0.66666657F, 0.79999995F, 0.0F}, {0.57142854F, 0.77777773F, 0.0F}},
    Row{F1Score({.average = "micro", .threshold = 0.5}), multi_hot(), probabilities(), {0.5454545F}, {0.56410253F}},
    Row{F1Score({.average = "macro"}), one_hot(), probabilities(), {0.38888884F}, {0.5333333F}},
    Row{FBetaScore({.average = "weighted", .beta = 2.0, .threshold = 0.5}), multi_hot(), probabilities(),
          {0.4882155F}, {0.5413753F}},
    Row{SensitivityAtSpecificity(0.5), multi_hot(), probabilities(), {0.6666667F}, {0.55F}},
    Row{SpecificityAtSensitivity(0.6), multi_hot(), probabilities(), {0.5F}, {0.47368422F}},
    Row{PrecisionAtRecall(0.6), multi_hot(), probabilities(), {0.5714286F}, {0.54545456F}},
    Row{RecallAtPrecision(0.6), multi_hot(), probabilities(), {0.5F}, {0.5F}},
    Row{RecallAtPrecision(0.6, {.num_thresholds = 1}), multi_hot(), probabilities(), {0.5F}, {0.0F}},
    Row{PrecisionAtRecall(0.4, {.class_id = 2}), multi_hot(), probabilities(), {0.5F}, {0.23076923F}},
  };
  const auto i = GENERATE_REF(range(size_t{0}, rows.size()));
  INFO(rows[i].metric.name() << ", row " << i);

  check(rows[i]);
}

TEST_CASE("AUC is Keras' numbers", "[metrics]") {
  const std::vector<Row> rows{
      Row{AUC(), multi_hot(), probabilities(), {0.5694444F}, {0.5736842F}},
      Row{AUC({.num_thresholds = 5}), multi_hot(), probabilities(), {0.5833333F}, {0.5736842F}},
      Row{AUC({.num_thresholds = 20, .curve = "ROC", .summation_method = "interpolation"}),
          multi_hot(),
          probabilities(),
          {0.5555556F},
          {0.5710526F}},
      Row{AUC({.num_thresholds = 20, .curve = "ROC", .summation_method = "minoring"}),
          multi_hot(),
          probabilities(),
          {0.5277778F},
          {0.5631579F}},
      Row{AUC({.num_thresholds = 20, .curve = "ROC", .summation_method = "majoring"}),
          multi_hot(),
          probabilities(),
          {0.5833333F},
          {0.57894737F}},
      Row{AUC({.num_thresholds = 20, .curve = "PR", .summation_method = "interpolation"}),
          multi_hot(),
          probabilities(),
          {0.6755099F},
          {0.74295133F}},
      Row{AUC({.num_thresholds = 20, .curve = "PR", .summation_method = "minoring"}),
          multi_hot(),
          probabilities(),
          {0.48316503F},
          {0.5210296F}},
      Row{AUC({.num_thresholds = 20, .curve = "PR", .summation_method = "majoring"}),
          multi_hot(),
          probabilities(),
          {0.70634925F},
          {0.7642691F}},
      Row{AUC({.num_thresholds = 20, .curve = "PRGAIN", .summation_method = "interpolation"}),
          multi_hot(),
          probabilities(),
          {0.004999995F},
          {-0.13478902F}},
      Row{AUC({.num_thresholds = 20, .curve = "PRGAIN", .summation_method = "minoring"}),
          multi_hot(),
          probabilities(),
          {-0.11500001F},
          {-0.33871815F}},
      Row{AUC({.num_thresholds = 20, .curve = "PRGAIN", .summation_method = "majoring"}),
          multi_hot(),
          probabilities(),
          {0.125F},
          {0.06914012F}},
      Row{AUC({.thresholds = {0.3, 0.6}}), multi_hot(), probabilities(), {0.61111116F}, {0.6052631F}},
      Row{AUC({.thresholds = {0.25, 0.5, 0.75}}), multi_hot(), probabilities(), {0.5833333F}, {0.5736842F}},
      Row{AUC({.multi_label = true}), multi_hot(), probabilities(), {0.5833333F}, {0.568254F}},
      Row{AUC({.multi_label = true, .num_labels = 3, .label_weights = {1.0, 2.0, 3.0}}),
          multi_hot(),
          probabilities(),
          {0.5F},
          {0.50158733F}},
      Row{AUC({.label_weights = {1.0, 2.0, 3.0}}), multi_hot(), probabilities(), {0.5F}, {0.5771044F}},
      Row{AUC({.curve = "PR", .thresholds = {0.3, 0.6}, .multi_label = true}),
          multi_hot(),
          probabilities(),
          {0.59908915F},
          {0.55155045F}},
      Row{AUC({.from_logits = true}), multi_hot(), scores(), {0.3888889F}, {0.44473684F}},
  };
  const auto i = GENERATE_REF(range(size_t{0}, rows.size()));
  INFO(rows[i].metric.name() << ", row " << i);

  check(rows[i]);
}

// Counts are whole numbers, so Keras was given whole weights.
TEST_CASE("IoU metrics are Keras' numbers", "[metrics]") {
  const std::vector<Row> rows{
    Row{OneHotIoU(3, {0, 1}), one_hot(), probabilities(), {0.4166667F}, {0.6333333F}},
    Row{OneHotMeanIoU(3), one_hot(), probabilities(), {0.2777778F}, {0.42222223F}},
    Row{MeanIoU(3, {.sparse_y_pred = false}), classes(), probabilities(), {0.2777778F}, {0.42222223F}},
    Row{IoU(3, {1, 2}, {.ignore_class = 2, .sparse_y_pred = false}), classes(), probabilities(),
          {0.49999994F}, {0.74999994F}},
  };
  const auto i = GENERATE_REF(range(size_t{0}, rows.size()));
  INFO(rows[i].metric.name() << ", row " << i);

  check(rows[i], labels({1, 2, 1, 3}));
}

TEST_CASE("BinaryIoU is Keras' number, and a weight per sample counts for all of its values", "[metrics]") {
  const BinaryIoU both;
  const BinaryIoU ones({.target_class_ids = {1}, .threshold = 0.3});
  const BinaryIoU weighted;
  const BinaryIoU repeated;

  both.update_state(multi_hot(), probabilities());
  ones.update_state(multi_hot(), probabilities());
  weighted.update_state(multi_hot(), probabilities(), labels({1, 1, 2, 1}));
  repeated.update_state(multi_hot(), probabilities());
  repeated.update_state(multi_hot().narrow(0, 2, 1), probabilities().narrow(0, 2, 1));

  REQUIRE(is_close(both.result(), 0.4097222F));
  REQUIRE(is_close(ones.result(), 0.4444444F));
  REQUIRE(is_close(weighted.result(), repeated.result().item<float>()));
}

// Weights of [0.3, 0.5, 0.25, 0.7], and three times as much in a second batch.
TEST_CASE("IoU metrics of floats count fractional weights, and are Keras' numbers", "[metrics]") {
  const at::Tensor y_true = labels({0, 1, 2, 1});
  const at::Tensor y_pred = labels({0, 2, 2, 1});
  const at::Tensor weight = tensor({0.3F, 0.5F, 0.25F, 0.7F});
  const auto [dtype, once, twice] = GENERATE(table<std::string, float, float>(
      {{"float32", 0.6388887763023376F, 0.6388888955116272F},
       {"float64", 0.6388887763023376F, 0.6388888955116272F},
       {"float16", 0.6389113068580627F, 0.6389114260673523F},
       {"bfloat16", 0.6381672024726868F, 0.6381673216819763F}}));
  const MeanIoU metric(3, {.dtype = dtype});

  metric.update_state(y_true, y_pred, weight);
  REQUIRE(is_close(metric.result(), once));
  metric.update_state(y_true, y_pred, weight * 3);
  REQUIRE(is_close(metric.result(), twice));
}

TEST_CASE("BinaryIoU and OneHotIoU take a dtype too, with Keras' numbers", "[metrics]") {
  const BinaryIoU binary({.dtype = "float32"});
  const OneHotIoU one_hots(3, {0, 2}, {.dtype = "float64"});
  const at::Tensor classes = at::eye(3, at::kFloat);

  binary.update_state(labels({0, 1, 0, 1}), tensor({0.1F, 0.2F, 0.4F, 0.7F}), tensor({0.2F, 0.3F, 0.4F, 0.1F}));
  one_hots.update_state(classes.index_select(0, labels({0, 1, 2, 1}).to(at::kLong)),
                        classes.index_select(0, labels({0, 2, 2, 1}).to(at::kLong)), tensor({0.3F, 0.5F, 0.25F, 0.7F}));

  REQUIRE(is_close(binary.result(), 0.458333283662796F));
  REQUIRE(is_close(one_hots.result(), 0.6666665077209473F));
}

TEST_CASE("A correlation along all axes is Keras' number", "[metrics]") {
  const PearsonCorrelation pearson({.axis = {0, 1}});
  const ConcordanceCorrelation concordance({.axis = {0, 1}});
  pearson.update_state(values(), scores());
  concordance.update_state(values(), scores());

  REQUIRE(is_close(pearson.result(), -0.31021115F));
  REQUIRE(is_close(concordance.result(), -0.22734468F));
  REQUIRE_THROWS_AS(PearsonCorrelation({.axis = 2}).update_state(values(), scores()), ValueError);
}

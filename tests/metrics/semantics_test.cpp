#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/zeros.h>

#include "keraslike/metrics/accuracy.h"
#include "keraslike/metrics/auc.h"
#include "keraslike/metrics/confusion.h"
#include "keraslike/metrics/f_score.h"
#include "keraslike/metrics/iou.h"
#include "keraslike/metrics/operating_point.h"
#include "keraslike/metrics/r2_score.h"
#include "keraslike/metrics/reduction.h"
#include "keraslike/metrics/regression.h"
#include "keraslike/saving/config.h"
#include "keraslike/utils/naming.h"
#include "keraslike/utils/warnings.h"
#include "losses/inputs.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::metrics;
using namespace keraslike::test;

namespace {

float value_of(const Metric& metric, const at::Tensor& y_true, const at::Tensor& y_pred) {
  metric.update_state(y_true, y_pred);
  return metric.result().item<float>();
}

}  // namespace

// The textbook example of Keras' own pages: y = [0, 0, 1, 1], p = [0, 0.5, 0.3, 0.9]; Keras 3.15.1.
TEST_CASE("Metrics of four samples are Keras' numbers", "[metrics]") {
  const auto y = tensor({0, 0, 1, 1});
  const auto p = tensor({0, 0.5F, 0.3F, 0.9F});

  REQUIRE(value_of(AUC(), y, p) == Approx(0.75F));
  REQUIRE(value_of(AUC({.curve = "pr"}), y, p) == Approx(0.79726744F));
  REQUIRE(value_of(Precision(), y, p) == 1.0F);
  REQUIRE(value_of(Recall(), y, p) == 0.5F);
  REQUIRE(value_of(BinaryAccuracy(), y, p) == 0.75F);
  REQUIRE(value_of(R2Score(), y.unsqueeze(1), p.unsqueeze(1)) == Approx(0.25F));
  REQUIRE(value_of(R2Score({.num_regressors = 1}), y.unsqueeze(1), p.unsqueeze(1)) == Approx(-0.125F));
  REQUIRE(value_of(F1Score({.threshold = 0.5}), y.unsqueeze(1), p.unsqueeze(1)) == Approx(0.6666666F));
  REQUIRE(value_of(MeanIoU(2), y, p > 0.4) == Approx(0.3333333F));
}

TEST_CASE("Values beyond the first axis are averaged within their sample", "[metrics]") {
  const auto outputs = at::arange(24, at::kFloat).reshape({2, 3, 4}) / 10.0;
  const auto y = at::zeros({2, 3, 4});
  const auto mask = tensor({1, 0, 1, 1, 1, 0}, {2, 3}) > 0;
  const auto weight = tensor({1, 2, 3, 4, 5, 6}, {2, 3});
  const MeanSquaredError metric;

  metric.update_state(y, outputs, tensor({1, 3}));
  REQUIRE(is_close(metric.result(), 2.491666793823242F));

  metric.reset_state();
  metric.update_state(y, outputs, {}, mask);
  REQUIRE(is_close(metric.result(), 1.465000033378601F));

  metric.reset_state();
  metric.update_state(y, outputs, weight, mask);
  REQUIRE(is_close(metric.result(), 1.9611537456512451F));
}

TEST_CASE("Before any batch a metric is 0", "[metrics]") {
  const std::vector<Metric> metrics{BinaryAccuracy(), Precision(), AUC(),      AUC({.multi_label = true}),
                                    F1Score(),        R2Score(),   MeanIoU(2), RootMeanSquaredError()};
  const auto i = GENERATE_REF(range(size_t{0}, metrics.size()));

  REQUIRE(is_close(metrics[i].result(), 0.0F));
}

TEST_CASE("Metrics without a name of their own are numbered", "[metrics]") {
  utils::reset_unique_names();

  REQUIRE(AUC().name() == "auc");
  REQUIRE(AUC().name() == "auc_1");
  REQUIRE(Precision().name() == "precision");
  REQUIRE(MeanIoU(2).name() == "mean_io_u");
  REQUIRE(Precision({.name = "p"}).name() == "p");
  REQUIRE(F1Score().name() == "f1_score");
  REQUIRE(F1Score().name() == "f1_score");
}

TEST_CASE("Each metric knows which way is better, as in Keras", "[metrics]") {
  const auto [name, direction] = GENERATE(table<std::string, Direction>({
      {"binary_accuracy", Direction::Up},
      {"auc", Direction::Up},
      {"precision", Direction::Up},
      {"f1_score", Direction::Up},
      {"r2_score", Direction::Up},
      {"mean_io_u", Direction::Up},
      {"cosine_similarity", Direction::Up},
      {"recall_at_precision", Direction::Up},
      {"mse", Direction::Down},
      {"root_mean_squared_error", Direction::Down},
      {"kl_divergence", Direction::Down},
      {"hinge", Direction::Down},
      {"sparse_categorical_crossentropy", Direction::Down},
      {"true_positives", Direction::Unknown},
      {"sum", Direction::Unknown},
  }));

  REQUIRE(registry<MetricImpl>().make(name)->direction() == direction);
}

TEST_CASE("Targets that a metric can not compare are refused before training", "[metrics]") {
  using S = Shape;
  REQUIRE_THROWS_WITH(CategoricalAccuracy()->check_shapes(S{none}, S{none, 3}),
                      ContainsSubstring("use 'sparse_categorical_accuracy'"));
  REQUIRE_THROWS_WITH(CategoricalAccuracy()->check_shapes(S{none, 1}, S{none, 1}),
                      ContainsSubstring("use 'binary_accuracy'"));
  REQUIRE_THROWS_WITH(SparseCategoricalAccuracy()->check_shapes(S{none, 3}, S{none, 3}),
                      ContainsSubstring("use 'categorical_accuracy'"));
  REQUIRE_THROWS_WITH(BinaryAccuracy()->check_shapes(S{none, 3}, S{none, 1}),
                      StartsWith("BinaryAccuracy expects targets of the same shape as the outputs. Received: "
                                 "y_true.shape=(None, 3), y_pred.shape=(None, 1)."));
  REQUIRE_THROWS_WITH(TopKCategoricalAccuracy()->check_shapes(S{none, 3}, S{none, 3}),
                      ContainsSubstring("k=5, y_pred.shape=(None, 3)"));
  REQUIRE_THROWS_WITH(Precision({.class_id = 3})->check_shapes(S{none, 3}, S{none, 3}),
                      ContainsSubstring("class_id=3"));
  REQUIRE_THROWS_WITH(Precision({.top_k = 4})->check_shapes(S{none, 3}, S{none, 3}), ContainsSubstring("top_k=4"));
  REQUIRE_THROWS_WITH(F1Score()->check_shapes(S{none}, S{none, 3}), ContainsSubstring("expects 2D inputs"));
  REQUIRE_THROWS_WITH(AUC({.multi_label = true})->check_shapes(S{none}, S{none}),
                      ContainsSubstring("must have rank 2"));
  REQUIRE_THROWS_WITH(OneHotMeanIoU(3)->check_shapes(S{none, 2}, S{none, 3}), ContainsSubstring("3 values on axis -1"));
  REQUIRE_NOTHROW(BinaryAccuracy()->check_shapes(S{none}, S{none, 1}));
  REQUIRE_NOTHROW(SparseCategoricalAccuracy()->check_shapes(S{none, 1}, S{none, 3}));
}

TEST_CASE("Options that make no sense are refused where they are written", "[metrics]") {
  REQUIRE_THROWS_WITH(Precision({.thresholds = {0.5, 1.5}}),
                      Equals("Threshold values must be in [0, 1]. Received: [1.5]"));
  REQUIRE_THROWS_WITH(Recall({.top_k = 0}), ContainsSubstring("top_k=0"));
  REQUIRE_THROWS_WITH(AUC({.num_thresholds = 1}), ContainsSubstring("num_thresholds=1"));
  REQUIRE_THROWS_WITH(AUC({.curve = "roq"}), StartsWith("Invalid AUC curve value: \"roq\"."));
  REQUIRE_THROWS_WITH(AUC({.summation_method = "sum"}), StartsWith("Invalid AUC summation method value"));
  REQUIRE_THROWS_WITH(AUC({.num_labels = 3}), ContainsSubstring("`num_labels` is needed only"));
  REQUIRE_THROWS_WITH(F1Score({.average = "mean"}), ContainsSubstring("Received: 'mean'"));
  REQUIRE_THROWS_WITH(FBetaScore({.beta = 0.0}), ContainsSubstring("beta=0"));
  REQUIRE_THROWS_WITH(F1Score({.threshold = 0.0}), ContainsSubstring("threshold=0"));
  REQUIRE_THROWS_WITH(RecallAtPrecision(1.5), ContainsSubstring("precision=1.5"));
  REQUIRE_THROWS_WITH(R2Score({.class_aggregation = "sum"}), ContainsSubstring("class_aggregation='sum'"));
  REQUIRE_THROWS_WITH(IoU(2, {0, 2}), Equals("Target class id 2 is out of range, which is [0, 2)."));
  REQUIRE_THROWS_WITH(MeanIoU(0), ContainsSubstring("num_classes=0"));
}

TEST_CASE("A metric that needs an argument says so when it has only its name", "[metrics]") {
  const Shape shape{none, 2};

  REQUIRE_THROWS_WITH(registry<MetricImpl>().make("mean_io_u")->check_shapes(shape, shape),
                      ContainsSubstring("`num_classes`"));
  REQUIRE_THROWS_WITH(registry<MetricImpl>().make("recall_at_precision")->check_shapes(shape, shape),
                      ContainsSubstring("`precision`"));
}

TEST_CASE("Fractional weights in a whole-number metric are reported", "[metrics]") {
  std::string warning;
  const auto before = set_warning_handler([&](const std::string& text) { warning = text; });

  MeanIoU(2).update_state(tensor({0, 1}), tensor({0, 1}), tensor({0.5F, 1}));

  set_warning_handler(before);
  REQUIRE_THAT(warning, ContainsSubstring("fractions are lost"));
}

// keras.metrics.<Class>(...).get_config(), Keras 3.15.1, with the keys that it forgets: CosineSimilarity's axis.
TEST_CASE("A metric's config is Keras'", "[metrics]") {
  const auto [metric, json] = GENERATE(table<Metric, std::string>({
      {BinaryAccuracy({.threshold = 0.25}), R"({"name":"binary_accuracy","dtype":"float32","threshold":0.25})"},
      {TopKCategoricalAccuracy({.k = 3}), R"({"name":"top_k_categorical_accuracy","dtype":"float32","k":3})"},
      {Precision({.thresholds = {0.25}, .class_id = 1, .name = "p"}),
       R"({"name":"p","dtype":"float32","thresholds":[0.25],"top_k":null,"class_id":1})"},
      {Recall({.name = "r"}), R"({"name":"r","dtype":"float32","thresholds":null,"top_k":null,"class_id":null})"},
      {AUC({.thresholds = {0.75, 0.25}, .name = "a"}),
       R"({"name":"a","dtype":"float32","num_thresholds":4,"curve":"ROC","summation_method":"interpolation",)"
       R"("multi_label":false,"num_labels":null,"label_weights":null,"from_logits":false,"thresholds":[0.25,0.75]})"},
      {F1Score({.average = "macro"}), R"({"name":"f1_score","dtype":"float32","average":"macro","threshold":null})"},
      {MeanIoU(2, {.name = "i"}),
       R"({"num_classes":2,"name":"i","dtype":"int32","ignore_class":null,"sparse_y_true":true,)"
       R"("sparse_y_pred":true,"axis":-1})"},
      {RecallAtPrecision(0.5, {.name = "r"}),
       R"({"name":"r","dtype":"float32","class_id":null,"num_thresholds":200,"precision":0.5})"},
  }));

  REQUIRE(saving::write_config([&](Fields& field) { metric->fields(field); }) == json);
}

TEST_CASE("Every metric can be written and read back", "[metrics]") {
  const auto& known = registry<MetricImpl>();
  const auto name = GENERATE_REF(from_range(known.classes()));
  const auto written = known.make(name);
  written->set_name("mine");
  const std::string config = saving::write_config([&](Fields& field) { written->fields(field); });

  const auto read = known.make(name);
  if (ContainsSubstring("precision\":null").match(config)) return;
  saving::read_config(config, name, [&](Fields& field) { read->fields(field); });

  REQUIRE(read->name() == "mine");
  REQUIRE(saving::write_config([&](Fields& field) { read->fields(field); }) == config);
}

TEST_CASE("What a config says is what the metric then does", "[metrics]") {
  const auto config = R"({"name": "p", "dtype": "float32", "thresholds": 0.2, "top_k": null, "class_id": 1})";
  const auto read = registry<MetricImpl>().make("Precision");
  saving::read_config(config, "Precision", [&](Fields& field) { read->fields(field); });
  const Precision expected({.thresholds = {0.2}, .class_id = 1});

  read->update_state(multi_hot(), probabilities(), {});
  expected.update_state(multi_hot(), probabilities());

  REQUIRE(is_close(read->result(), expected.result().item<float>()));
}

TEST_CASE("A metric sums in the type of its config, or of its option", "[metrics]") {
  const auto read = registry<MetricImpl>().make("MeanSquaredError");
  saving::read_config(R"({"name":"m","dtype":"float64"})", "m", [&](Fields& field) { read->fields(field); });
  const metrics::Mean mean({.dtype = "float64"});

  read->update_state(at::ones({2, 1}), at::zeros({2, 1}), {});
  mean.update_state(at::full({1}, 1.0 + 1e-12, at::kDouble));

  CHECK(read->result().scalar_type() == at::kDouble);
  CHECK(mean.result().item<double>() == 1.0 + 1e-12);
  CHECK(metrics::Mean().result().scalar_type() == at::kFloat);
}

TEST_CASE("Confusion matrices may be counted in floats, by a config too", "[metrics]") {
  const auto read = registry<MetricImpl>().make("MeanIoU");
  const std::string config = R"({"num_classes":2,"name":"m","dtype":"float64","ignore_class":null,)"
                             R"("sparse_y_true":true,"sparse_y_pred":true,"axis":-1})";

  saving::read_config(config, "m", [&](Fields& field) { read->fields(field); });

  CHECK(saving::write_config([&](Fields& field) { read->fields(field); }) == config);
  CHECK(read->dtype() == DType::Float64);
  CHECK(MeanIoU(2)->dtype() == DType::Int32);
}

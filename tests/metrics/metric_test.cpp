#include <string>

#include <ATen/core/Tensor.h>
#include <ATen/TensorOperators.h>

#include "keraslike/metrics/accuracy.h"
#include "keraslike/metrics/mean.h"
#include "keraslike/metrics/reduction.h"
#include "keraslike/metrics/regression.h"
#include "losses/inputs.h"

#include "support/catch.h"

using namespace keraslike;
using namespace keraslike::metrics;
using namespace keraslike::test;

TEST_CASE("'accuracy' is chosen by shape and keeps the name as written", "[metrics]") {
  const auto [y_true, y_pred, chosen] = GENERATE(table<Shape, Shape, std::string>({
      {{none, 1}, {none, 1}, "BinaryAccuracy"},
      {{none}, {none, 3}, "SparseCategoricalAccuracy"},
      {{none, 1}, {none, 3}, "SparseCategoricalAccuracy"},
      {{none, 3}, {none, 3}, "CategoricalAccuracy"},
  }));
  const std::string written = GENERATE("accuracy", "acc", "Acc", "ACCURACY");
  const Metric metric = for_compile(NameOr<Metric>(written), y_true, y_pred);
  const MetricImpl& impl = *metric;

  REQUIRE(registry<MetricImpl>().class_name(typeid(impl)) == chosen);
  REQUIRE(metric.name() == written);
}

TEST_CASE("A metric is called what the user wrote, or its own name", "[metrics]") {
  const Shape shape{none, 3};
  const auto written = GENERATE(as<std::string>(), "mse", "MeanSquaredError", "log_cosh_error");

  REQUIRE(for_compile(NameOr<Metric>(written), shape, shape).name() == written);
  REQUIRE(for_compile(MeanSquaredError({.name = "mine"}), shape, shape).name() == "mine");
  REQUIRE(LogCoshError().name() == "logcosh");
}

TEST_CASE("Keras' loss names that are no metric names are refused", "[metrics]") {
  const auto name = GENERATE(as<std::string>(), "huber", "log_cosh", "kld");

  REQUIRE_THROWS_WITH(NameOr<Metric>(name), ContainsSubstring("Could not interpret metric identifier: '" + name + "'"));
}

TEST_CASE("Mean averages values, each batch weighted by its size or its weights", "[metrics]") {
  const Mean mean;
  REQUIRE(is_close(mean.result(), 0.0F));

  mean.update_state(tensor({1, 3}));
  mean.update_state(tensor({8}));
  REQUIRE(is_close(mean.result(), 4.0F));

  mean.update_state(tensor({10, 20}), tensor({1, 0.5F}));
  REQUIRE(is_close(mean.result(), 32.0F / 4.5F));

  mean.reset_state();
  REQUIRE(is_close(mean.result(), 0.0F));
}

TEST_CASE("Sum adds values times weights", "[metrics]") {
  const Sum sum;

  sum.update_state(tensor({1, 3}));
  sum.update_state(tensor({10, 20}), tensor({1, 0.5F}));

  REQUIRE(is_close(sum.result(), 24.0F));
}

TEST_CASE("The loss tracker weighs each batch by its size", "[metrics]") {
  MeanImpl tracker("loss");

  tracker.update(tensor({2.0F}).sum(), 32);
  tracker.update(tensor({5.0F}).sum(), 16);

  REQUIRE(is_close(tracker.result(), 3.0F));
}

TEST_CASE("A result does not change when more is added", "[metrics]") {
  const Sum sum;
  sum.update_state(tensor({1}));
  const auto before = sum.result();

  sum.update_state(tensor({1}));

  REQUIRE(is_close(before, 1.0F));
}

TEST_CASE("A function is a metric, averaged per sample", "[metrics]") {
  const auto distance = [](const at::Tensor& y_true, const at::Tensor& y_pred) { return (y_true - y_pred).abs(); };
  const Metric metric = distance;

  metric.update_state(tensor({1, 2}), tensor({2, 5}));

  REQUIRE(is_close(metric.result(), 2.0F));
  REQUIRE(metric.name() == "function");
  REQUIRE(MeanMetricWrapper(distance, {.name = "distance"}).name() == "distance");
}

TEST_CASE("Mean and Sum refuse to be metrics of a model's outputs", "[metrics]") {
  REQUIRE_THROWS_WITH(Mean()->check_shapes({none, 1}, {none, 1}), ContainsSubstring("does not compare targets"));
  REQUIRE_THROWS_WITH(Sum()->check_shapes({none, 1}, {none, 1}), StartsWith("Sum averages or adds values"));
}

TEST_CASE("Metrics leave no trace in the gradient graph", "[metrics]") {
  const auto outputs = scores().requires_grad_();
  const MeanSquaredError metric;

  metric.update_state(values(), outputs);

  REQUIRE_FALSE(metric.result().requires_grad());
}

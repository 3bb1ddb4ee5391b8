// Losses and metrics on the second device of support/second_device.h.

#include <cctype>
#include <functional>
#include <map>

#include "keraslike/keraslike.h"
#include "keraslike/torch.h"
#include "support/check_layer.h"
#include "support/second_device.h"

#include "support/catch.h"

using namespace keraslike;

namespace {

at::Tensor one_hot() { return at::one_hot(at::arange(11).remainder(3), 3).to(at::kFloat); }
at::Tensor classes() { return at::arange(11).remainder(3); }

// Other tests register functions and classes of their own.
bool is_keras_class(const std::string& name) {
  return std::isupper(static_cast<unsigned char>(name.front())) != 0 && name.find('>') == std::string::npos;
}

bool is_sparse(const std::string& name) { return name.starts_with("Sparse"); }

}  // namespace

TEST_CASE("Every loss is the CPU's on another device, and so are its gradients", "[training][device][losses]") {
  for (const std::string& name : registry<losses::LossImpl>().classes()) {
    if (!is_keras_class(name)) continue;
    INFO(name);
    const bool is_sequence = name == "CTC";
    const bool takes_classes = is_sparse(name) || name == "Circle" || name == "CategoricalGeneralizedCrossEntropy";
    const at::Tensor of_rows = takes_classes ? classes() : one_hot();
    const at::Tensor y_true = is_sequence ? at::tensor({1, 2, 2, 1}).reshape({2, 2}) : of_rows;
    const at::Tensor y_pred = is_sequence ? test::some_input({2, 5, 3}) : test::some_input({11, 3}).softmax(-1);
    const auto at_device = [&](at::Device device) {
      const Loss loss(registry<losses::LossImpl>().make(name));
      const at::Tensor outputs = y_pred.clone().to(device).requires_grad_();
      const at::Tensor weight = is_sequence ? at::Tensor() : at::arange(1, 12, at::kFloat).to(device);
      const at::Tensor value = loss(y_true.to(device), outputs, weight);
      CHECK(value.device() == device);
      value.backward();
      return std::pair(value.detach().cpu(), outputs.grad().cpu());
    };
    const auto want = at_device(at::kCPU);
    const auto got = at_device(test::second_device());
    CHECK(at::allclose(got.first, want.first));
    CHECK(at::allclose(got.second, want.second));
  }
}

TEST_CASE("Every metric counts on another device as on the CPU", "[training][device][metrics]") {
  // Those whose classes want arguments.
  const std::map<std::string, std::function<Metric()>> made{
      {"IoU", [] { return metrics::IoU(3, {0, 2}, {.sparse_y_pred = false}); }},
      {"MeanIoU", [] { return metrics::MeanIoU(3, {.sparse_y_pred = false}); }},
      {"OneHotIoU", [] { return metrics::OneHotIoU(3, {0, 2}); }},
      {"OneHotMeanIoU", [] { return metrics::OneHotMeanIoU(3); }},
      {"TopKCategoricalAccuracy", [] { return metrics::TopKCategoricalAccuracy({.k = 2}); }},
      {"SparseTopKCategoricalAccuracy", [] { return metrics::SparseTopKCategoricalAccuracy({.k = 2}); }},
      {"PrecisionAtRecall", [] { return metrics::PrecisionAtRecall(0.5); }},
      {"RecallAtPrecision", [] { return metrics::RecallAtPrecision(0.5); }},
      {"SensitivityAtSpecificity", [] { return metrics::SensitivityAtSpecificity(0.5); }},
      {"SpecificityAtSensitivity", [] { return metrics::SpecificityAtSensitivity(0.5); }},
      {"MeanMetricWrapper", [] {
         return metrics::MeanMetricWrapper([](const at::Tensor& y, const at::Tensor& p) { return (y - p).abs(); });
       }}};
  for (const std::string& name : registry<metrics::MetricImpl>().classes()) {
    if (!is_keras_class(name)) continue;
    INFO(name);
    const bool takes_classes = is_sparse(name) || name == "IoU" || name == "MeanIoU";
    const bool counts = name.ends_with("IoU");  // in whole numbers
    const at::Tensor y_true = takes_classes ? classes() : one_hot();
    const at::Tensor y_pred = test::some_input({11, 3}).softmax(-1);
    const auto at_device = [&](at::Device device) {
      const auto found = made.find(name);
      const Metric metric = found == made.end() ? Metric(registry<metrics::MetricImpl>().make(name)) : found->second();
      const at::Tensor weight = at::arange(1, 12, at::kFloat).to(device);
      if (name == "Mean" || name == "Sum") {
        const auto add = [&](const auto& reduction) { reduction.update_state(y_pred.to(device), weight); };
        if (name == "Mean") {
          const metrics::Mean mean;
          add(mean);
          return mean.result();
        }
        const metrics::Sum sum;
        add(sum);
        return sum.result();
      }
      for (int batch = 0; batch < 2; ++batch) {
        metric.update_state(y_true.to(device), y_pred.to(device), counts ? at::Tensor() : weight);
      }
      return metric.result();
    };
    const at::Tensor want = at_device(at::kCPU);
    const at::Tensor got = at_device(test::second_device());
    CHECK(got.device() == test::second_device());
    CHECK(at::allclose(got.cpu(), want, 1e-5, 1e-6, /*equal_nan=*/true));
  }
}

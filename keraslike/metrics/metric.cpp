#include "keraslike/metrics/metric.h"

#include <array>
#include <optional>
#include <utility>

#include <ATen/core/Tensor.h>

#include "keraslike/metrics/metric_impl.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/naming.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike {

namespace metrics {

namespace {

bool is_accuracy(const std::string& name) {
  const std::string lower = utils::to_lower(name);
  return lower == "accuracy" || lower == "acc";
}

// Keras looks at shapes only: one output means binary, targets with an axis less mean class numbers.
std::string accuracy_for(const Shape& y_true, const Shape& y_pred) {
  if (y_true.empty() || y_pred.empty()) throw ValueError("'accuracy' expects targets and outputs with a batch axis.");
  if (y_pred.back() == 1) return "BinaryAccuracy";
  const bool labels = y_true.rank() < y_pred.rank() || (y_true.back() == 1 && y_pred.back() > 1);
  return labels ? "SparseCategoricalAccuracy" : "CategoricalAccuracy";
}

[[noreturn]] std::shared_ptr<MetricImpl> refuse_accuracy() {
  throw ValueError(
      "The metric 'acc' is chosen by the shapes of targets and outputs, so only `compile` takes it. Name the metric "
      "itself: 'binary_accuracy', 'categorical_accuracy' or 'sparse_categorical_accuracy'.");
}

}  // namespace

void MetricImpl::fields(Fields& field) {
  field("name", name_);
  const std::string known = to_string(dtype());
  std::optional<std::string> type = known;
  field("dtype", type);
  if (!type || *type == known) return;
  const DType given = dtype_from_string(*type);
  if (is_floating(dtype()) != is_floating(given)) {
    throw ValueError("{} is computed in {}. Received: name='{}', dtype='{}'.", class_name_of(*this), known, name_,
                     *type);
  }
  dtype_ = given;
}

void MetricImpl::update_masked(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight,
                               const at::Tensor&) {
  update_state(y_true, y_pred, sample_weight);
}

void MetricImpl::check_shapes(const Shape&, const Shape&) const {}

std::string class_name_of(const MetricImpl& metric) { return registry<MetricImpl>().class_name(typeid(metric)); }

at::ScalarType type_of(const MetricImpl& metric) { return utils::scalar_type(metric.dtype()); }

std::string name_or(std::string given, const std::string& otherwise) {
  return given.empty() ? otherwise : std::move(given);
}

const std::string& Metric::name() const {
  if (impl_->name().empty()) impl_->set_name(utils::unique_name(class_name_of(*impl_)));
  return impl_->name();
}

void Metric::update_state(const at::Tensor& y_true, const at::Tensor& y_pred) const {
  impl_->update_state(y_true, y_pred, {});
}

void Metric::update_state(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight) const {
  impl_->update_state(y_true, y_pred, sample_weight);
}

void Metric::update_state(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight,
                          const at::Tensor& mask) const {
  impl_->update_masked(y_true, y_pred, sample_weight, mask);
}

at::Tensor Metric::result() const { return impl_->result(); }
void Metric::reset_state() const { impl_->reset_state(); }

Metric for_compile(const NameOr<Metric>& metric, const Shape& y_true, const Shape& y_pred) {
  const std::string& name = metric.name();
  if (name.empty()) {
    const Metric given = metric.get();
    given.name();  // a class of the user's own may have none yet
    return given;
  }
  const Metric chosen =
      is_accuracy(name) ? Metric(registry<MetricImpl>().make(accuracy_for(y_true, y_pred))) : metric.get();
  chosen->set_name(name.substr(name.find('>') + 1));  // without the package of a function of the user's
  return chosen;
}

}  // namespace metrics

template <>
Registry<metrics::MetricImpl>& registry() {
  static Registry<metrics::MetricImpl> metrics = [] {
    Registry<metrics::MetricImpl> all("metric", "keras.metrics");
    metrics::register_reductions(all);
    metrics::register_accuracies(all);
    metrics::register_regression(all);
    metrics::register_probabilistic(all);
    metrics::register_hinges(all);
    metrics::register_confusion(all);
    metrics::register_operating_points(all);
    metrics::register_auc(all);
    metrics::register_correlations(all);
    metrics::register_f_scores(all);
    metrics::register_r2_score(all);
    metrics::register_iou(all);
    all.add_any_case("accuracy", [] { return registry<metrics::MetricImpl>().make("Accuracy"); });
    all.add_any_case("acc", metrics::refuse_accuracy);
    return all;
  }();
  return metrics;
}

}  // namespace keraslike

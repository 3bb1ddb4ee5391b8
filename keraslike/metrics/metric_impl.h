#pragma once

// What the library's own metrics have in common. For sources.

#include <string>

#include <c10/core/ScalarType.h>

#include "keraslike/metrics/metric.h"
#include "keraslike/metrics/options.h"

namespace keraslike::metrics {

// Keras' class name of an object, for messages.
std::string class_name_of(const MetricImpl& metric);

// In which a metric sums.
at::ScalarType type_of(const MetricImpl& metric);

// The name that the user gave, or the one that is there for those who give none.
std::string name_or(std::string given, const std::string& otherwise);

// Each source of metrics names its classes here.
void register_reductions(Registry<MetricImpl>& metrics);
void register_accuracies(Registry<MetricImpl>& metrics);
void register_regression(Registry<MetricImpl>& metrics);
void register_probabilistic(Registry<MetricImpl>& metrics);
void register_hinges(Registry<MetricImpl>& metrics);
void register_confusion(Registry<MetricImpl>& metrics);
void register_operating_points(Registry<MetricImpl>& metrics);
void register_auc(Registry<MetricImpl>& metrics);
void register_correlations(Registry<MetricImpl>& metrics);
void register_f_scores(Registry<MetricImpl>& metrics);
void register_r2_score(Registry<MetricImpl>& metrics);
void register_iou(Registry<MetricImpl>& metrics);

}  // namespace keraslike::metrics

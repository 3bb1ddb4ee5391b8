#pragma once

#include <optional>
#include <string>

#include "keraslike/metrics/metric.h"
#include "keraslike/utils/axes.h"

namespace keraslike::metrics {

// The mean of a correlation that is computed along `axis` of each batch: for targets (batch, n), along -1, one number
// per sample. Samples that follow each other are one series along axis 0, and then a batch counts as a whole.

// mean((y_true - mean(y_true)) / std(y_true) (y_pred - mean(y_pred)) / std(y_pred)); NaN for a series of equal values.
at::Tensor pearson_correlation(const at::Tensor& y_true, const at::Tensor& y_pred, const Axes& axis = -1);

struct PearsonCorrelationOptions {
  Axes axis = -1;
  std::optional<DTypePolicy> dtype = {};  // by default `config::floatx()`
  std::string name = {};
};

class PearsonCorrelation : public Metric {
 public:
  explicit PearsonCorrelation(PearsonCorrelationOptions options = {});
};

// mean(2 (y_true - mean(y_pred)) (y_pred - mean(y_pred))) / (var(y_true) + var(y_pred) + (mean(y_true) -
// mean(y_pred))^2 + 1e-7): 1 only where the values themselves agree. The first mean is Keras'; it does not change the
// result.
at::Tensor concordance_correlation(const at::Tensor& y_true, const at::Tensor& y_pred, const Axes& axis = -1);

using ConcordanceCorrelationOptions = PearsonCorrelationOptions;

class ConcordanceCorrelation : public Metric {
 public:
  explicit ConcordanceCorrelation(ConcordanceCorrelationOptions options = {});
};

}  // namespace keraslike::metrics

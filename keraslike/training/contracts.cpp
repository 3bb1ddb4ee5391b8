#include "keraslike/training/contracts.h"

#include <algorithm>
#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/isnan.h>
#include <ATen/ops/nonzero.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/round.h>

#include <fmt/ranges.h>

#include "keraslike/data/conversion.h"
#include "keraslike/utils/dtype_policy.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::training {

namespace {

Shape shape_of(const at::Tensor& tensor) { return Shape(tensor.sizes().begin(), tensor.sizes().end()); }

void check_count(const char* name, const std::optional<int64_t>& value) {
  if (value && *value < 1) throw ValueError("`{}` expects a number of at least 1. Received: {}={}", name, name, *value);
}

std::string advice_for(const Shape& expected, const Shape& received) {
  if (received.rank() != expected.rank()) {
    return fmt::format("Give it {} axes with the rows first: reshape the array, or declare another input shape.",
                       expected.rank());
  }
  for (int64_t axis = 1; axis < expected.rank(); ++axis) {
    const int64_t wanted = expected.dim(axis);
    const int64_t came = received.dim(axis);
    if (wanted < 0 || wanted == came) continue;
    return fmt::format("Axis {} must have {} values per row, not {}: check the columns of the array, or declare the "
                       "model's input as {}.", axis, wanted, came, received.without_batch());
  }
  return fmt::format("The model takes batches of {} rows only.", expected.dim(0));
}

at::Tensor fit_rank(const at::Tensor& x, const Shape& expected) {
  const Shape shape = shape_of(x);
  if (shape.rank() == expected.rank() + 1 && shape.back() == 1) return x.squeeze(-1);
  if (shape.rank() + 1 == expected.rank() && expected.back() == 1) return x.unsqueeze(-1);
  return x;
}

at::Tensor class_weights(const at::Tensor& y, const std::map<int64_t, double>& weights) {
  at::Tensor labels = y;
  if (y.dim() > 1) labels = y.size(-1) == 1 ? y.squeeze(-1) : y.argmax(-1);
  if (labels.dim() != 1) {
    throw ValueError("`class_weight` expects one class per row: `y` of shape (rows,), (rows, 1) or (rows, classes). "
                     "Received: `y` of shape {}", shape_of(y));
  }
  labels = labels.is_floating_point() ? at::round(labels) : labels;
  at::Tensor result = at::ones(labels.sizes(), utils::scalar_type(utils::floatx()));
  for (const auto& [label, weight] : weights) result.masked_fill_(labels.cpu() == label, weight);
  return result;
}

void check_rows_of(const Tensors& tensors, const std::string& name, int64_t rows, const std::string& first) {
  for (const auto& tensor : tensors) {
    if (!tensor.defined()) continue;
    const int64_t came = tensor.dim() == 0 ? 0 : tensor.size(0);
    if (came == rows) continue;
    throw ValueError("Data cardinality is ambiguous. Make sure all arrays contain the same number of samples. "
                     "`{}` has {} rows, `{}` has {}.", first, rows, name, came);
  }
}

}  // namespace

void check_batching(const std::optional<int64_t>& batch_size, const std::optional<int64_t>& steps) {
  check_count("batch_size", batch_size);
  check_count("steps", steps);
}

void check_options(const FitOptions& options) {
  check_count("batch_size", options.batch_size);
  check_count("steps_per_epoch", options.steps_per_epoch);
  check_count("validation_steps", options.validation_steps);
  check_count("validation_batch_size", options.validation_batch_size);
  if (options.epochs < 0) {
    throw ValueError("`epochs` expects a number of at least 0. Received: epochs={}", options.epochs);
  }
  if (options.initial_epoch < 0) {
    throw ValueError("`initial_epoch` expects an index of at least 0. Received: initial_epoch={}",
                     options.initial_epoch);
  }
  if (!(options.validation_split >= 0.0 && options.validation_split < 1.0)) {
    throw ValueError("`validation_split` expects a share of the rows in [0, 1). Received: validation_split={}",
                     options.validation_split);
  }
  check_class_weight(options.class_weight, options.sample_weight);
}

void check_class_weight(const std::map<int64_t, double>& class_weight, const Data& sample_weight) {
  for (const auto& [label, weight] : class_weight) {
    if (std::isfinite(weight) && weight >= 0.0) continue;
    throw ValueError("`class_weight` expects weights that are not negative. Received: class {} with weight {}", label,
                     weight);
  }
  if (class_weight.empty() || sample_weight.is_none()) return;
  throw ValueError("You cannot use `class_weight` and `sample_weight` at the same time. Multiply the class weights "
                   "into `sample_weight`.");
}

void check_targets(const Samples& samples, size_t outputs, const ArgumentNames& names) {
  if (samples.y.empty()) {
    throw ValueError("`{}` is missing: the loss compares the model's output with targets, one row per sample.",
                     names.y);
  }
  if (samples.y.size() == outputs) return;
  throw ValueError("The model has {} output(s), but `{}` holds {} arrays. The loss compares each output with its "
                   "targets.", outputs, names.y, samples.y.size());
}

Data in_order(const Data& data, const std::vector<std::string>& names, const std::string& argument) {
  if (!data.is_named()) return data;
  std::vector<std::pair<std::string, Data>> ordered;
  for (const std::string& name : names) {
    const auto& given = data.names();
    if (std::find(given.begin(), given.end(), name) == given.end()) {
      throw ValueError("Missing data for \"{}\". You passed a data dictionary with keys ['{}'] as `{}`, but the model "
                       "expects ['{}'].", name, fmt::join(given, "', '"), argument, fmt::join(names, "', '"));
    }
    ordered.emplace_back(name, data[name]);
  }
  return Data::named(std::move(ordered));
}

void check_weight_count(const Tensors& weights, size_t outputs, const ArgumentNames& names) {
  if (weights.size() == outputs) return;
  if (weights.size() != 1) {
    throw ValueError("`{}` holds {} arrays, but the model has {} outputs. Pass one array for each, or one for all.",
                     names.sample_weight, weights.size(), outputs);
  }
  const at::Tensor& only = weights.front();
  if (only.dim() == 1 || (only.dim() == 2 && only.size(1) == 1)) return;
  throw ValueError("For a model with multiple outputs, when providing a single `{}` array, it should only have one "
                   "scalar score per sample (i.e. shape `(num_samples,)`). Received: shape {}", names.sample_weight,
                   shape_of(only));
}

void check_inputs(const Tensors& x, size_t expected, const ArgumentNames& names) {
  if (x.empty()) throw ValueError("`{}` is missing: pass the model's input, one row per sample.", names.x);
  if (x.size() != expected) {
    throw ValueError("The model expects {} input(s), but `{}` holds {} arrays.", expected, names.x, x.size());
  }
  for (const auto& tensor : x) {
    if (tensor.dim() == 0) {
      throw ValueError("`{}` is a single number. Expected an array with one row per sample, such as {{{{1.0, 2.0}}}}.",
                       names.x);
    }
    if (tensor.size(0) == 0 || tensor.numel() == 0) {
      throw ValueError("`{}` is empty: its shape is {}. Expected at least one row with at least one value.", names.x,
                       shape_of(tensor));
    }
  }
}

Tensors fitted_to(const Network& network, Tensors x, const ArgumentNames& names) {
  const auto declared = network.declared_inputs();
  for (size_t i = 0; i < declared.size(); ++i) {
    const Shape& expected = declared[i].spec.shape;
    if (expected.empty()) continue;
    const at::Tensor fitted = fit_rank(x[i], expected);
    if (!expected.matches(shape_of(fitted))) {
      const std::string which = declared.size() == 1 ? names.x : fmt::format("{}[{}]", names.x, i);
      throw ValueError("Model '{}' expects `{}` of shape {}, but received shape {}. {}", network.root().name(), which,
                       expected, shape_of(x[i]), advice_for(expected, shape_of(x[i])));
    }
    x[i] = fitted;
  }
  return x;
}

void check_rows(const Samples& samples, const ArgumentNames& names) {
  check_rows_of(samples.x, names.x, samples.rows(), names.x);
  check_rows_of(samples.y, names.y, samples.rows(), names.x);
  check_rows_of(samples.weights, names.sample_weight, samples.rows(), names.x);
}

void check_weights(const Samples& samples, const ArgumentNames& names) {
  for (const auto& weights : samples.weights) {
    const at::Tensor bad = at::nonzero((weights < 0).logical_or(at::isnan(weights)).reshape(-1));
    if (bad.size(0) == 0) continue;
    const auto index = bad[0][0].item<int64_t>();
    throw ValueError("`{}` expects weights that are numbers and not negative. Received: {} at index {}.",
                     names.sample_weight, weights.reshape(-1)[index].item<double>(), index);
  }
}

void check_finite(const Samples& samples, const ArgumentNames& names) {
  for (const auto& tensor : samples.x) data::check_finite(tensor, names.x);
  for (const auto& tensor : samples.y) {
    if (tensor.defined()) data::check_finite(tensor, names.y);
  }
  for (const auto& tensor : samples.weights) data::check_finite(tensor, names.sample_weight);
}

Tensors class_weights_for(const Samples& samples, const std::map<int64_t, double>& weights) {
  if (samples.y.size() == 1) return {class_weights(samples.y.front(), weights)};
  throw ValueError("`class_weight` is only supported for Models with a single output. This one has {}: pass "
                   "`sample_weight`.", samples.y.size());
}

std::pair<Samples, Samples> split(const Samples& samples, double validation_split) {
  const int64_t rows = samples.rows();
  const auto at = static_cast<int64_t>(std::floor(static_cast<double>(rows) * (1.0 - validation_split)));
  if (at == 0 || at == rows) {
    throw ValueError("Training data contains {} samples, which is not sufficient to split it into a validation and "
                     "training set as specified by `validation_split={}`. Either provide more data, or a different "
                     "value for the `validation_split` argument.", rows, validation_split);
  }
  return {samples.slice(0, at), samples.slice(at, rows)};
}

}  // namespace keraslike::training

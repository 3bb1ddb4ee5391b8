#include "keraslike/losses/checks.h"

#include <cmath>

#include "keraslike/losses/reduction.h"
#include "keraslike/utils/errors.h"

namespace keraslike::losses {

namespace {

Shape without_axis(Shape shape, int64_t axis) {
  shape.erase(shape.begin() + (axis < 0 ? axis + shape.rank() : axis));
  return shape;
}

// Labels have the outputs' shape less the class axis, or 1 there.
bool are_labels(const Shape& y_true, const Shape& y_pred, int64_t axis) {
  const Shape rows = without_axis(y_pred, axis);
  if (y_true.rank() == rows.rank()) return y_true.matches(rows);
  return y_true.rank() == y_pred.rank() && (y_true.dim(axis) == 1 || y_true.dim(axis) < 0) &&
         without_axis(y_true, axis).matches(rows);
}

bool have_same_shape(const Shape& y_true, const Shape& y_pred) {
  const auto [a, b] = align(y_true, y_pred);
  return a.matches(b);
}

std::string received(const Shape& y_true, const Shape& y_pred) {
  return fmt::format("Received: y_true.shape={}, y_pred.shape={}.", y_true, y_pred);
}

void check_axis(const std::string& owner, const Shape& y_true, const Shape& y_pred, int64_t axis) {
  if (axis < y_pred.rank() && axis >= -y_pred.rank()) return;
  throw ValueError("{} expects outputs that have an axis {}. {}", owner, axis, received(y_true, y_pred));
}

std::string how_to_fit(const Shape& y_true, const Shape& y_pred) {
  if (y_true.empty() || y_pred.empty()) return "Give targets with a batch axis.";
  if (y_true[0] >= 0 && y_pred[0] >= 0 && y_true[0] != y_pred[0]) return "Give as many targets as there are samples.";
  if (y_true.rank() == y_pred.rank() && y_true.back() > 1) {
    return fmt::format("Make the model's last layer give {} values on the last axis, or pass targets with {}.",
                       y_true.back(), y_pred.back());
  }
  if (y_pred.rank() > 1 && y_pred.back() > 1 && are_labels(y_true, y_pred, -1)) {
    return "If the targets are class numbers, make them one-hot or use a loss or metric for them, such as "
           "'sparse_categorical_crossentropy'; if not, make the model's last layer give one value per target.";
  }
  return "Reshape the targets, or change the model's last layer.";
}

// The place of the first value that is no label, or the number of values.
template <class Number>
int64_t first_bad(const at::Tensor& labels, int64_t classes, std::optional<int64_t> ignored) {
  const Number* values = labels.data_ptr<Number>();
  const auto end = static_cast<double>(classes);
  for (int64_t i = 0; i < labels.numel(); ++i) {
    const auto value = static_cast<double>(values[i]);
    const bool is_label = value >= 0 && value < end && value == std::trunc(value);
    if (!is_label && !(ignored && value == static_cast<double>(*ignored))) return i;
  }
  return labels.numel();
}

int64_t first_bad_label(const at::Tensor& labels, int64_t classes, std::optional<int64_t> ignored) {
  switch (labels.scalar_type()) {
    case at::kFloat: return first_bad<float>(labels, classes, ignored);
    case at::kLong: return first_bad<int64_t>(labels, classes, ignored);
    case at::kInt: return first_bad<int32_t>(labels, classes, ignored);
    case at::kByte: return first_bad<uint8_t>(labels, classes, ignored);
    default: return first_bad<double>(labels.to(at::kDouble), classes, ignored);
  }
}

// "(3, 0)", or "3" for a row of labels.
std::string index_of(int64_t flat, const at::Tensor& labels) {
  std::vector<int64_t> index(static_cast<size_t>(labels.dim()));
  for (size_t axis = index.size(); axis-- > 0;) {
    index[axis] = flat % labels.size(static_cast<int64_t>(axis));
    flat /= labels.size(static_cast<int64_t>(axis));
  }
  return index.size() == 1 ? std::to_string(index[0]) : Shape(index).to_string();
}

}  // namespace

void check_same_shape(const std::string& owner, const Shape& y_true, const Shape& y_pred) {
  if (have_same_shape(y_true, y_pred)) return;
  throw ValueError("{} expects targets of the same shape as the outputs. {} {}", owner, received(y_true, y_pred),
                   how_to_fit(y_true, y_pred));
}

void check_one_hot(const std::string& owner, const std::string& sparse_twin, const std::string& binary_twin,
                   const Shape& y_true, const Shape& y_pred, int64_t axis) {
  check_axis(owner, y_true, y_pred, axis);
  // Keras only warns, and then the loss is 0 whatever the model does.
  if (y_pred.dim(axis) == 1) {
    throw ValueError("{} expects at least two classes on axis {} of the outputs. {} For a single output use '{}'.",
                     owner, axis, received(y_true, y_pred), binary_twin);
  }
  if (have_same_shape(y_true, y_pred)) return;
  const bool labels = are_labels(y_true, y_pred, axis);
  throw ValueError("{} expects one-hot targets (or probabilities) of the same shape as the outputs. {} {}", owner,
                   received(y_true, y_pred),
                   labels ? fmt::format("For class numbers use '{}', or make them one-hot.", sparse_twin)
                          : how_to_fit(y_true, y_pred));
}

void check_labels(const std::string& owner, const std::string& dense_twin, const Shape& y_true, const Shape& y_pred,
                  int64_t axis) {
  check_axis(owner, y_true, y_pred, axis);
  if (are_labels(y_true, y_pred, axis)) return;
  throw ValueError(
      "{} expects one class number per sample: targets of the same shape as the outputs up until the last dimension. "
      "{} {}",
      owner, received(y_true, y_pred),
      have_same_shape(y_true, y_pred) ? fmt::format("For one-hot targets use '{}'.", dense_twin)
                                      : how_to_fit(y_true, y_pred));
}

void check_label_values(const std::string& owner, const at::Tensor& labels, int64_t classes,
                        std::optional<int64_t> ignored) {
  if (classes < 0) return;
  const at::Tensor values = labels.to(at::kCPU).contiguous();
  const int64_t bad = first_bad_label(values, classes, ignored);
  if (bad == values.numel()) return;
  throw ValueError(
      "{} expects whole class numbers in [0, {}), as the outputs have {} classes. Received: y_true[{}]={}. {}", owner,
      classes, classes, index_of(bad, values), values.reshape({-1})[bad].item<double>(),
      classes == 1 ? "For two classes and a single output use a binary loss."
                   : "Number the classes from 0, or give the model's last layer more units.");
}

}  // namespace keraslike::losses

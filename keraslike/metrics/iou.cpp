#include "keraslike/metrics/iou.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include "keraslike/losses/checks.h"
#include "keraslike/losses/numeric.h"
#include "keraslike/metrics/metric_impl.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/naming.h"
#include "keraslike/utils/tensor_types.h"
#include "keraslike/utils/warnings.h"

namespace keraslike::metrics {

namespace {

// What all of them are told, whichever of it their constructors take.
struct Settings {
  int64_t num_classes = 0;
  std::vector<int64_t> target_class_ids = {};  // empty: all
  IoUOptions options = {};
};

class IoUBaseImpl : public MetricImpl {
 public:
  IoUBaseImpl(Settings settings, const std::string& class_name)
      : MetricImpl(settings.options.name.empty() ? utils::unique_name(class_name) : settings.options.name),
        settings_(std::move(settings)) {
    if (settings_.num_classes != 0) check_settings(class_name);
  }

  DType dtype() const override {
    return settings_.options.dtype ? settings_.options.dtype->compute_dtype() : DType::Int32;
  }
  Direction direction() const override { return Direction::Up; }

  void update_state(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight) override {
    const c10::InferenceMode off(false);  // the counts outlive a caller's inference mode
    const at::NoGradGuard no_gradient;
    check_shapes(losses::shape_of(y_true), losses::shape_of(y_pred));
    const at::Tensor targets = numbers(y_true, settings_.options.sparse_y_true);
    const at::Tensor outputs = numbers(y_pred, settings_.options.sparse_y_pred);
    const at::Tensor valid = is_valid(targets, outputs);

    const at::Tensor place = at::where(valid, targets * settings_.num_classes + outputs, 0);
    const at::Tensor weight = weights(sample_weight, y_true, targets).masked_fill(valid.logical_not(), 0);
    const at::Tensor counts = at::zeros({settings_.num_classes * settings_.num_classes}, weight.options())
                                  .index_add_(0, place, weight)
                                  .reshape({settings_.num_classes, settings_.num_classes});
    confusion_ = confusion_.defined() ? confusion_ + counts : counts;
  }

  at::Tensor result() const override {
    const at::NoGradGuard no_gradient;
    if (!confusion_.defined()) return at::zeros({}, at::kFloat);
    const at::Tensor hits = confusion_.diagonal();
    const at::Tensor ids = at::tensor(class_ids(), confusion_.options().dtype(at::kLong));
    const at::Tensor unions = (confusion_.sum(0) + confusion_.sum(1) - hits).index_select(0, ids).to(at::kFloat);
    const at::Tensor occurs = unions > 1e-9;
    const at::Tensor ratio = hits.index_select(0, ids).to(at::kFloat) / (unions + kEpsilon);
    return at::where(occurs, ratio, 0.0).sum() / (occurs.to(at::kFloat).sum() + kEpsilon);
  }

  void reset_state() override { confusion_.reset(); }

  void check_shapes(const Shape& y_true, const Shape& y_pred) const override {
    check_settings(class_name_of(*this));
    const Shape targets = numbers_shape(y_true, settings_.options.sparse_y_true);
    const Shape outputs = numbers_shape(y_pred, settings_.options.sparse_y_pred);
    losses::check_same_shape(class_name_of(*this), targets, outputs);
  }

 protected:
  // Unlike other metrics' it may be of any kind.
  void name_and_dtype(Fields& field) {
    field("name", name_);
    std::optional<std::string> type = to_string(dtype());
    field("dtype", type);
    if (field.is_reading()) settings_.options.dtype = type.value_or("int32");
  }

  // Class numbers, one row of them.
  virtual at::Tensor numbers(const at::Tensor& values, bool is_sparse) const {
    return (is_sparse ? values : values.argmax(settings_.options.axis)).to(at::kLong).reshape({-1});
  }

  void check_settings(const std::string& owner) const {
    if (settings_.num_classes <= 0) {
      throw ValueError("{} expects `num_classes` to be positive; by name alone it has none, so pass an object. "
                       "Received: num_classes={}.", owner, settings_.num_classes);
    }
    for (const int64_t id : settings_.target_class_ids) {
      if (id >= 0 && id < settings_.num_classes) continue;
      throw ValueError("Target class id {} is out of range, which is [0, {}).", id, settings_.num_classes);
    }
  }

  Settings settings_;

 private:
  std::vector<int64_t> class_ids() const {
    if (!settings_.target_class_ids.empty()) return settings_.target_class_ids;
    std::vector<int64_t> all(static_cast<size_t>(settings_.num_classes));
    std::iota(all.begin(), all.end(), 0);
    return all;
  }

  at::Tensor is_valid(const at::Tensor& targets, const at::Tensor& outputs) const {
    const int64_t end = settings_.num_classes;
    const at::Tensor in_range = (targets >= 0) & (targets < end) & (outputs >= 0) & (outputs < end);
    const auto& ignored = settings_.options.ignore_class;
    return ignored ? in_range & (targets != *ignored) : in_range;
  }

  // Whole numbers are counted in 64 bits.
  at::ScalarType counted_type() const { return is_floating(dtype()) ? utils::scalar_type(dtype()) : at::kLong; }

  // Keras casts weights to the type of the counts.
  at::Tensor weights(const at::Tensor& sample_weight, const at::Tensor& y_true, const at::Tensor& targets) const {
    if (!sample_weight.defined()) return at::ones_like(targets, targets.options().dtype(counted_type()));
    if (sample_weight.is_floating_point() && !is_floating(dtype())) {
      utils::warn("You are passing weights as floats, but " + name_ + " counts in whole numbers: fractions are lost.");
    }
    const at::Tensor cast = sample_weight.to(counted_type());
    if (cast.numel() == targets.numel()) return cast.reshape({-1});
    const at::Tensor expanded = losses::expand_weight(cast, y_true);
    return expanded.expand(y_true.sizes()).reshape({-1});
  }

  Shape numbers_shape(Shape shape, bool is_sparse) const {
    if (is_sparse) return shape;
    const int64_t axis = settings_.options.axis;
    if (shape.dim(axis) >= 0 && shape.dim(axis) != settings_.num_classes) {
      throw ValueError("{} expects {} values on axis {}, one per class. Received: shape={}.", class_name_of(*this),
                       settings_.num_classes, axis, shape);
    }
    shape.erase(shape.begin() + (axis < 0 ? axis + shape.rank() : axis));
    return shape;
  }

  at::Tensor confusion_;  // (true class, class said)
};

class IoUImpl final : public IoUBaseImpl {
 public:
  explicit IoUImpl(Settings settings = {}) : IoUBaseImpl(std::move(settings), "IoU") {}
  void fields(Fields& field) override {
    name_and_dtype(field);
    field("num_classes", settings_.num_classes);
    field("target_class_ids", settings_.target_class_ids);
    field("ignore_class", settings_.options.ignore_class);
    field("sparse_y_true", settings_.options.sparse_y_true);
    field("sparse_y_pred", settings_.options.sparse_y_pred);
    field("axis", settings_.options.axis);
  }
};

class MeanIoUImpl final : public IoUBaseImpl {
 public:
  explicit MeanIoUImpl(Settings settings = {}) : IoUBaseImpl(std::move(settings), "MeanIoU") {}
  void fields(Fields& field) override {
    field("num_classes", settings_.num_classes);
    name_and_dtype(field);
    field("ignore_class", settings_.options.ignore_class);
    field("sparse_y_true", settings_.options.sparse_y_true);
    field("sparse_y_pred", settings_.options.sparse_y_pred);
    field("axis", settings_.options.axis);
  }
};

class BinaryIoUImpl final : public IoUBaseImpl {
 public:
  explicit BinaryIoUImpl(BinaryIoUOptions options = {})
      : IoUBaseImpl({2, options.target_class_ids, {.dtype = options.dtype, .name = options.name}}, "BinaryIoU"),
        threshold_(options.threshold) {}

  void fields(Fields& field) override {
    field("target_class_ids", settings_.target_class_ids);
    field("threshold", threshold_);
    name_and_dtype(field);
  }

  void update_state(const at::Tensor& y_true, const at::Tensor& y_pred, const at::Tensor& sample_weight) override {
    IoUBaseImpl::update_state(y_true, y_pred.detach() >= threshold_, sample_weight);
  }

 private:
  double threshold_;
};

class OneHotIoUImpl final : public IoUBaseImpl {
 public:
  explicit OneHotIoUImpl(Settings settings = {.options = {.sparse_y_true = false, .sparse_y_pred = false}})
      : IoUBaseImpl(std::move(settings), "OneHotIoU") {}
  void fields(Fields& field) override {
    field("num_classes", settings_.num_classes);
    field("target_class_ids", settings_.target_class_ids);
    name_and_dtype(field);
    field("ignore_class", settings_.options.ignore_class);
    field("sparse_y_pred", settings_.options.sparse_y_pred);
    field("axis", settings_.options.axis);
  }
};

class OneHotMeanIoUImpl final : public IoUBaseImpl {
 public:
  explicit OneHotMeanIoUImpl(Settings settings = {.options = {.sparse_y_true = false, .sparse_y_pred = false}})
      : IoUBaseImpl(std::move(settings), "OneHotMeanIoU") {}
  void fields(Fields& field) override {
    field("num_classes", settings_.num_classes);
    name_and_dtype(field);
    field("ignore_class", settings_.options.ignore_class);
    field("sparse_y_pred", settings_.options.sparse_y_pred);
    field("axis", settings_.options.axis);
  }
};

// A number that says nothing would pass for the default of those who are made by name.
Settings checked(int64_t num_classes, std::vector<int64_t> target_class_ids, IoUOptions options) {
  if (num_classes <= 0) {
    throw ValueError("IoU metrics expect `num_classes` to be positive. Received: num_classes={}.", num_classes);
  }
  return {num_classes, std::move(target_class_ids), std::move(options)};
}

IoUOptions for_one_hot(const OneHotIoUOptions& options) {
  const bool sparse_y_true = false;
  return {options.ignore_class, sparse_y_true, options.sparse_y_pred, options.axis, options.dtype, options.name};
}

void check_any(const std::vector<int64_t>& target_class_ids) {
  if (target_class_ids.empty()) throw ValueError("IoU metrics expect at least one of `target_class_ids`.");
}

}  // namespace

IoU::IoU(int64_t num_classes, std::vector<int64_t> target_class_ids, IoUOptions options)
    : Metric(std::make_shared<IoUImpl>(checked(num_classes, target_class_ids, std::move(options)))) {
  check_any(target_class_ids);
}
MeanIoU::MeanIoU(int64_t num_classes, MeanIoUOptions options)
    : Metric(std::make_shared<MeanIoUImpl>(checked(num_classes, {}, std::move(options)))) {}
BinaryIoU::BinaryIoU(BinaryIoUOptions options) : Metric(std::make_shared<BinaryIoUImpl>(options)) {
  check_any(options.target_class_ids);
}
OneHotIoU::OneHotIoU(int64_t num_classes, std::vector<int64_t> target_class_ids, OneHotIoUOptions options)
    : Metric(std::make_shared<OneHotIoUImpl>(checked(num_classes, target_class_ids, for_one_hot(options)))) {
  check_any(target_class_ids);
}
OneHotMeanIoU::OneHotMeanIoU(int64_t num_classes, OneHotMeanIoUOptions options)
    : Metric(std::make_shared<OneHotMeanIoUImpl>(checked(num_classes, {}, for_one_hot(options)))) {}

void register_iou(Registry<MetricImpl>& metrics) {
  metrics.add<IoUImpl>("IoU");
  metrics.add<MeanIoUImpl>("MeanIoU");
  metrics.add<BinaryIoUImpl>("BinaryIoU");
  metrics.add<OneHotIoUImpl>("OneHotIoU");
  metrics.add<OneHotMeanIoUImpl>("OneHotMeanIoU");
}

}  // namespace keraslike::metrics

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keraslike/metrics/metric.h"

namespace keraslike::metrics {

// Intersection over union of class regions: true positives / (true positives + false positives + false negatives).
// Targets and outputs are class numbers, or, where `sparse_y_true` or `sparse_y_pred` is false, a value per class along
// `axis`. Targets equal to `ignore_class` do not count. `dtype` is that of the counts: in whole numbers, the default,
// fractional weights lose their fraction.
struct IoUOptions {
  std::optional<int64_t> ignore_class = std::nullopt;
  bool sparse_y_true = true;
  bool sparse_y_pred = true;
  int64_t axis = -1;
  std::optional<DTypePolicy> dtype = {};  // by default "int32"
  std::string name = {};
};

// The mean over `target_class_ids`, of those that occur.
class IoU : public Metric {
 public:
  IoU(int64_t num_classes, std::vector<int64_t> target_class_ids, IoUOptions options = {});
};

using MeanIoUOptions = IoUOptions;

// The mean over all classes that occur.
class MeanIoU : public Metric {
 public:
  explicit MeanIoU(int64_t num_classes, MeanIoUOptions options = {});
};

struct BinaryIoUOptions {
  std::vector<int64_t> target_class_ids = {0, 1};
  double threshold = 0.5;
  std::optional<DTypePolicy> dtype = {};  // by default "int32"
  std::string name = {};
};

// For two classes and one output: `threshold` or more means class 1.
class BinaryIoU : public Metric {
 public:
  explicit BinaryIoU(BinaryIoUOptions options = {});
};

struct OneHotIoUOptions {
  std::optional<int64_t> ignore_class = std::nullopt;
  bool sparse_y_pred = false;
  int64_t axis = -1;
  std::optional<DTypePolicy> dtype = {};  // by default "int32"
  std::string name = {};
};

// For one-hot targets.
class OneHotIoU : public Metric {
 public:
  OneHotIoU(int64_t num_classes, std::vector<int64_t> target_class_ids, OneHotIoUOptions options = {});
};

using OneHotMeanIoUOptions = OneHotIoUOptions;

class OneHotMeanIoU : public Metric {
 public:
  explicit OneHotMeanIoU(int64_t num_classes, OneHotMeanIoUOptions options = {});
};

}  // namespace keraslike::metrics

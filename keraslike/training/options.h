#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "keraslike/callbacks/callback.h"
#include "keraslike/data/data.h"
#include "keraslike/optimizers/optimizer.h"
#include "keraslike/training/per_output.h"
#include "keraslike/utils/none.h"

namespace keraslike {

// Keras' `verbose`: "auto" (1 for `fit` in a terminal), 0 silent, 1 a progress bar, 2 one line an epoch.
class Verbose {
 public:
  Verbose(int level);         // NOLINT: the conversions are the purpose of this class
  Verbose(const char* text);  // NOLINT

  int level() const { return level_; }

 private:
  int level_;
};

// Keras' `jit_compile`: "auto", true or false.
class JitCompile {
 public:
  JitCompile(bool on) : on_(on) {}  // NOLINT: the conversions are the purpose of this class
  JitCompile(const char* text);     // NOLINT

  // Empty for "auto".
  std::optional<bool> on() const { return on_; }

 private:
  std::optional<bool> on_;
};

// Keras' `shuffle`: true, false, or "batch", which shuffles within batches and keeps their order.
class Shuffle {
 public:
  enum class Mode { Off, Rows, WithinBatches };

  Shuffle(bool on) : mode_(on ? Mode::Rows : Mode::Off) {}  // NOLINT: the conversions are the purpose of this class
  Shuffle(const char* text);                                // NOLINT

  Mode mode() const { return mode_; }

 private:
  Mode mode_;
};

// Keras' `validation_freq`: every so many epochs, or after the epochs of a list, which counts from 1.
class ValidationFrequency {
 public:
  ValidationFrequency(int64_t every);  // NOLINT: the conversions are the purpose of this class
  ValidationFrequency(std::initializer_list<int64_t> epochs);     // NOLINT
  ValidationFrequency(std::vector<int64_t> epochs);               // NOLINT

  // Whether validation follows the epoch with this index, which counts from 0.
  bool includes(int64_t epoch) const;

 private:
  int64_t every_ = 0;
  std::vector<int64_t> epochs_;
};

// Of several outputs each may have its own loss, weight and metrics: `.loss = {"mse", "mae"}` in their order, or by name
// `.loss = {{"price", "mse"}, {"kind", "mae"}}`.
struct CompileOptions {
  NameOr<Optimizer> optimizer = "rmsprop";
  LossPerOutput loss = {};
  LossWeights loss_weights = {};
  MetricsPerOutput metrics = {};
  MetricsPerOutput weighted_metrics = {};
  bool run_eagerly = false;
  int64_t steps_per_execution = 1;
  JitCompile jit_compile = "auto";
  bool auto_scale_loss = true;
};

// Held-out data that `fit` measures after each epoch: `{x, y}` or `{x, y, sample_weight}`.
struct ValidationData {
  Data x = {};
  Data y = {};
  Data sample_weight = {};
};

struct FitOptions {
  std::optional<int64_t> batch_size = {};  // 32 unless `steps_per_epoch` decides
  int64_t epochs = 1;                      // the index of the last epoch, also where `initial_epoch` is not 0
  Verbose verbose = "auto";
  std::vector<CallbackRef> callbacks = {};
  double validation_split = 0.0;           // share of the last rows, taken before shuffling
  ValidationData validation_data = {};
  Shuffle shuffle = true;
  std::map<int64_t, double> class_weight = {};
  Data sample_weight = {};
  int64_t initial_epoch = 0;
  std::optional<int64_t> steps_per_epoch = {};
  std::optional<int64_t> validation_steps = {};
  std::optional<int64_t> validation_batch_size = {};
  ValidationFrequency validation_freq = 1;
  bool check_finite = false;               // not Keras': refuse NaN and infinity in x, y and sample_weight
};

struct EvaluateOptions {
  std::optional<int64_t> batch_size = {};
  Verbose verbose = "auto";
  Data sample_weight = {};
  std::optional<int64_t> steps = {};
  std::vector<CallbackRef> callbacks = {};
  bool check_finite = false;
};

struct PredictOptions {
  std::optional<int64_t> batch_size = {};
  Verbose verbose = "auto";
  std::optional<int64_t> steps = {};
  std::vector<CallbackRef> callbacks = {};
  bool check_finite = false;
};

struct TrainOnBatchOptions {
  Data sample_weight = {};
  std::map<int64_t, double> class_weight = {};
};

struct TestOnBatchOptions {
  Data sample_weight = {};
};

}  // namespace keraslike

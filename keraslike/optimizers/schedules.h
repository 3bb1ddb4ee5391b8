#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keraslike/optimizers/learning_rate.h"

// Learning rates that depend on the step, computed in float32 as in Keras: `Adam(schedules::CosineDecay(1e-3, 1000))`.
namespace keraslike::optimizers::schedules {

struct ExponentialDecayOptions {
  bool staircase = false;
  std::string name = "ExponentialDecay";
};

// initial_learning_rate * decay_rate ^ (step / decay_steps); `staircase` rounds the exponent down.
class ExponentialDecay : public LearningRateSchedule {
 public:
  ExponentialDecay(double initial_learning_rate, int64_t decay_steps, double decay_rate,
                   ExponentialDecayOptions options = {});
};

struct PiecewiseConstantDecayOptions {
  std::string name = "PiecewiseConstant";
};

// values[i] up to and including step boundaries[i], the last value after all boundaries.
class PiecewiseConstantDecay : public LearningRateSchedule {
 public:
  PiecewiseConstantDecay(std::vector<int64_t> boundaries, std::vector<double> values,
                         PiecewiseConstantDecayOptions options = {});
};

struct PolynomialDecayOptions {
  double end_learning_rate = 0.0001;
  double power = 1.0;
  bool cycle = false;
  std::string name = "PolynomialDecay";
};

// From the initial rate to `end_learning_rate` by (1 - step / decay_steps) ^ power, then constant. With `cycle` it
// stretches to the next multiple of `decay_steps` instead and rises again at each.
class PolynomialDecay : public LearningRateSchedule {
 public:
  PolynomialDecay(double initial_learning_rate, int64_t decay_steps, PolynomialDecayOptions options = {});
};

struct InverseTimeDecayOptions {
  bool staircase = false;
  std::string name = "InverseTimeDecay";
};

// initial_learning_rate / (1 + decay_rate * step / decay_steps); `staircase` rounds step / decay_steps down.
class InverseTimeDecay : public LearningRateSchedule {
 public:
  InverseTimeDecay(double initial_learning_rate, int64_t decay_steps, double decay_rate,
                   InverseTimeDecayOptions options = {});
};

struct CosineDecayOptions {
  double alpha = 0.0;
  std::optional<double> warmup_target = {};
  int64_t warmup_steps = 0;
  std::string name = "CosineDecay";
};

// Half a cosine from the initial rate to `alpha` times it. With `warmup_target` the rate first rises to that in a line
// for `warmup_steps`, and `decay_steps` count from there.
class CosineDecay : public LearningRateSchedule {
 public:
  CosineDecay(double initial_learning_rate, int64_t decay_steps, CosineDecayOptions options = {});
};

struct CosineDecayRestartsOptions {
  double t_mul = 2.0;
  double m_mul = 1.0;
  double alpha = 0.0;
  std::string name = "SGDRDecay";
};

// CosineDecay that starts again after `first_decay_steps`, each time for `t_mul` times as long from `m_mul` times the
// rate.
class CosineDecayRestarts : public LearningRateSchedule {
 public:
  CosineDecayRestarts(double initial_learning_rate, int64_t first_decay_steps, CosineDecayRestartsOptions options = {});
};

}  // namespace keraslike::optimizers::schedules

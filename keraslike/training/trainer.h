#pragma once

// For sources.

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "keraslike/callbacks/callback_list.h"
#include "keraslike/callbacks/history.h"
#include "keraslike/training/batch_step.h"
#include "keraslike/training/batches.h"
#include "keraslike/training/compiled.h"
#include "keraslike/training/contracts.h"
#include "keraslike/training/network.h"
#include "keraslike/training/options.h"
#include "keraslike/training/scores.h"
#include "keraslike/training/step_plan.h"

namespace keraslike::training {

class Feeder;
class Plans;

// Fits a network: Data -> batches -> train step -> loss, metrics -> callbacks -> History. In each public call
// everything that can be refused is refused before the first weight, slot or random number changes.
class Trainer {
 public:
  explicit Trainer(Network& network);

  void compile(CompileOptions options);
  bool compiled() const { return options_.has_value(); }
  const CompileOptions& options() const;
  Optimizer optimizer() const;
  Optimizer given_optimizer() const;  // without the LossScaleOptimizer that `compile` has put around it

  // `model` is the user's name for the network, for callbacks.
  History fit(Model& model, const Data& x, const Data& y, FitOptions options);
  Scores evaluate(Model& model, const Data& x, const Data& y, EvaluateOptions options);
  Tensors predict(Model& model, const Data& x, PredictOptions options);
  Scores train_on_batch(const Data& x, const Data& y, const TrainOnBatchOptions& options);
  Scores test_on_batch(const Data& x, const Data& y, const TestOnBatchOptions& options);
  Tensors predict_on_batch(const Data& x);

  // The rows as the network takes them; throws ValueError where they do not fit.
  Tensors checked_inputs(const Data& x) const { return prepare_inputs(x, false).x; }

  metrics::Direction direction(const std::string& log_key) const;

  // Empty where steps are planned, or none has run yet.
  std::string why_eager() const;

  bool stop_training = false;
  std::optional<int64_t> initial_epoch;  // what a callback asks for as training begins

 private:
  // Conversion and checks; nothing changes.
  Samples prepare(const Data& x, const Data& y, const Data& sample_weight, const ArgumentNames& names,
                  bool finite) const;
  Samples prepare_inputs(const Data& x, bool finite) const;
  Tensors targets_of(const Data& y, const ArgumentNames& names) const;
  Tensors weights_of(const Data& sample_weight, const ArgumentNames& names) const;
  std::optional<Samples> prepare_validation(const FitOptions& options) const;
  void require_compiled(const char* method) const;
  // The losses and metrics for these samples, where `compile` has not met data yet; otherwise only checks.
  std::optional<Compiled> resolve(const Samples& samples, const ArgumentNames& names) const;
  void check_against(const Compiled& compiled, const Samples& samples, const ArgumentNames& names) const;
  bool fully_built() const;

  // From here on the model changes.
  void build_network(const Samples& samples);
  void build(const Samples& samples, std::optional<Compiled> fresh);
  History run_epochs(BatchStream& batches, std::optional<BatchStream>& validation, CallbackList& callbacks,
                     const FitOptions& options);
  void train_epoch(BatchStream& batches, CallbackList& callbacks);
  void test_pass(BatchStream& batches, CallbackList& callbacks);
  Tensors predict_rows(Feeder& feeder, const BatchRows& rows);
  Tensors predict_pass(BatchStream& batches, CallbackList& callbacks);
  void train_step(Feeder& feeder, const BatchRows& rows);
  void test_step(Feeder& feeder, const BatchRows& rows);
  // The plan for these rows, which are in its buffers then; null where the step must run on autograd.
  StepPlan* planned(StepPlan::Purpose purpose, const Samples& samples, const BatchRows& rows);
  void train_planned(StepPlan& plan);
  BatchStep batch_step(Feeder& feeder, const BatchRows& rows, bool training);
  void update_metrics(StepPlan& plan);
  // Of the epoch so far: what was compiled, or what the model's own steps returned.
  void reset_results();
  StepLogs results() const;
  Logs results_on_demand() const;

  Network& network_;
  std::optional<CompileOptions> options_;
  std::optional<Optimizer> given_optimizer_;
  std::optional<Optimizer> optimizer_;
  std::optional<Compiled> compiled_;
  std::shared_ptr<Plans> plans_;
  StepLogs own_results_;
  std::recursive_mutex predicting_;  // on autograd, and while the network is built
};

}  // namespace keraslike::training

#pragma once

// For sources.

#include <memory>
#include <string>
#include <vector>

#include "keraslike/layers/plan.h"
#include "keraslike/layers/weight.h"
#include "keraslike/losses/plan.h"
#include "keraslike/training/batches.h"
#include "keraslike/training/compiled.h"
#include "keraslike/training/network.h"

namespace keraslike::training {

using layers::CanNotPlan;

// One step for batches of one shape, laid out beforehand: buffers for all that is computed, and the list of what computes
// it. Nothing is allocated and no graph is recorded when it runs.
class StepPlan {
 public:
  enum class Purpose { Train, Evaluate, Predict };

  // Throws CanNotPlan. `compiled` is null to predict; gradients are those of the loss times `loss_scale`.
  // The plan is for batches of so many rows of `samples`.
  StepPlan(Network& network, const Compiled* compiled, Purpose purpose, double loss_scale, const Samples& samples,
           int64_t rows);

  bool is_for(Purpose purpose, const Samples& samples, int64_t rows) const;

  // Whether weights are where they were and train as they did when the plan was made.
  bool is_valid() const;

  // What to fill before `run`.
  const Samples& batch() const { return batch_; }

  void run();

  const Tensors& predictions() const { return predictions_; }
  layers::Values masked_predictions() const;
  const at::Tensor& total() const { return total_; }  // of losses and penalties, a scalar
  const std::vector<float>& losses() const { return loss_values_; }  // before their weights
  const std::vector<layers::WeightPtr>& weights() const { return weights_; }
  const Tensors& gradients() const { return gradients_; }

  // True where somebody has since `run` taken hold of a tensor that the next run overwrites.
  bool is_held() const { return count_holders() != holders_; }

 private:
  struct OutputLoss {
    Loss loss;
    std::unique_ptr<losses::PlannedLoss> planned;
    losses::LossBuffers buffers;
    double weight;
  };
  struct Watched {
    layers::WeightPtr weight;
    const void* data;
    bool trains;
  };

  void watch_weights(const layers::LayerImpl& root);
  layers::StepPlanner planner();
  void make_batch(const Samples& samples, int64_t rows);
  void plan_graph(Network& network);
  layers::PlanTensors graph_inputs(const Network& network);
  void plan_losses(const Compiled& compiled);
  float run_losses();
  float penalties();
  size_t count_holders() const;

  Purpose purpose_;
  double loss_scale_;
  Samples batch_;
  Tensors given_, converted_;  // inputs that the model takes in another type of whole numbers
  layers::PlannedLayer graph_;
  Tensors predictions_;
  std::vector<OutputLoss> losses_;
  std::vector<float> loss_values_;
  at::Tensor total_;
  std::vector<layers::WeightPtr> weights_;  // that train
  Tensors gradients_;
  std::vector<Watched> watched_;
  size_t holders_ = 0;
};

}  // namespace keraslike::training

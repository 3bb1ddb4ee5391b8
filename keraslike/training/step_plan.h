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

// Thrown where a model, or what is asked of it, can not be planned.
struct CanNotPlan {
  std::string reason;
};

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
  const at::Tensor& total() const { return total_; }  // of losses and penalties, a scalar
  const std::vector<float>& losses() const { return loss_values_; }  // before their weights
  const std::vector<layers::WeightPtr>& weights() const { return weights_; }
  const Tensors& gradients() const { return gradients_; }

  // True where somebody has since `run` taken hold of a tensor that the next run overwrites.
  bool is_held() const { return count_holders() != holders_; }

 private:
  // One gradient of a tensor that several layers read.
  struct Sum {
    at::Tensor into;
    Tensors parts;
  };
  struct Node {
    std::unique_ptr<layers::PlannedStep> step;
    std::vector<Sum> sums;  // to make before its backward
  };
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
  void plan_nodes(const Graph& graph, const layers::StepPlanner& planner);
  layers::PlanTensor part_for_reader(size_t tensor, const std::vector<size_t>& readers);
  void plan_losses(const Compiled& compiled, const std::vector<layers::PlanTensor>& outputs);
  float run_losses();
  float penalties();
  size_t count_holders() const;

  Purpose purpose_;
  double loss_scale_;
  Samples batch_;
  std::vector<layers::PlanTensor> tensors_;
  std::vector<Tensors> parts_;  // by tensor
  std::vector<Node> nodes_;
  std::vector<layers::PlanTensor> outputs_;
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

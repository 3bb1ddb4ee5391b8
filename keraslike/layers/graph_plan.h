#pragma once

// The part of a planned step that a graph of layers is. For sources.

#include <cstddef>
#include <memory>
#include <vector>

#include "keraslike/layers/layer_impl.h"
#include "keraslike/layers/plan.h"

namespace keraslike::layers {

// The calls of layers that make some outputs of some inputs, in an order in which they can run. Tensors are numbered.
struct CallGraph {
  struct Node {
    std::shared_ptr<LayerImpl> layer;
    Call<size_t> call;
    std::vector<size_t> outputs;
  };

  size_t tensors = 0;
  std::vector<size_t> inputs;
  std::vector<size_t> outputs;
  std::vector<Node> nodes;
};

// Layers one after the other.
CallGraph chain_of(const std::vector<Layer>& layers);

// Throws CanNotPlan where a layer has no planned step.
PlannedLayer planned_graph(const CallGraph& graph, const StepPlanner& planner, const PlanTensors& inputs);

}  // namespace keraslike::layers

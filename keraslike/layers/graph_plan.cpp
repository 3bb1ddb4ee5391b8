#include "keraslike/layers/graph_plan.h"

#include <ranges>
#include <utility>

#include <ATen/ops/add.h>
#include <ATen/ops/zeros_like.h>
#include <fmt/format.h>

namespace keraslike::layers {

namespace {

// The gradient of a tensor that several nodes read, or of a weight that several use. Each has a place of its own.
struct Sum {
  at::Tensor into;
  std::vector<at::Tensor> parts;

  void run() const {
    at::Tensor sum = into;
    if (parts.empty()) {
      sum.zero_();
      return;
    }
    at::add_out(sum, parts[0], parts[1]);
    for (size_t i = 2; i < parts.size(); ++i) sum.add_(parts[i]);
  }
};

class GraphStep final : public PlannedStep {
 public:
  GraphStep(const CallGraph& graph, const StepPlanner& planner, const PlanTensors& inputs)
      : tensors_(graph.tensors), readers_(graph.tensors), parts_(graph.tensors) {
    count_readers(graph);
    for (size_t i = 0; i < graph.inputs.size(); ++i) tensors_[graph.inputs[i]] = inputs.at(i);
    const auto shared = shared_weights(graph, planner);
    std::unordered_map<const at::TensorImpl*, Sum> weight_sums;
    for (const auto& node : graph.nodes) plan_node(node, planner.with_gradients(own_places(node, shared, weight_sums)));
    for (const size_t output : graph.outputs) outputs_.push_back(for_reader(output));
    for (size_t i = 0; i < graph.nodes.size(); ++i) nodes_[i].sums = sums_of(graph.nodes[i].outputs);
    last_sums_ = sums_of(graph.inputs);
    for (auto& [weight, sum] : weight_sums) last_sums_.push_back(std::move(sum));
  }

  const PlanTensors& outputs() const { return outputs_; }

  void forward() override {
    for (const auto& node : nodes_) {
      if (node.step) node.step->forward();
    }
  }

  void backward() override {
    for (const auto& node : std::views::reverse(nodes_)) {
      for (const Sum& sum : node.sums) sum.run();
      if (node.step) node.step->backward();
    }
    for (const Sum& sum : last_sums_) sum.run();
  }

  float penalty() const override {
    float total = 0.0F;
    for (const auto& node : nodes_) total += node.step ? node.step->penalty() : 0.0F;
    return total;
  }

 private:
  using Gradients = StepPlanner::Gradients;
  struct Node {
    std::unique_ptr<PlannedStep> step;
    std::vector<Sum> sums;  // to make before its backward
  };

  // How often each tensor is read, by layers and as an output.
  void count_readers(const CallGraph& graph) {
    for (const auto& node : graph.nodes) {
      for (const size_t input : node.call.tensors()) ++readers_[input];
    }
    for (const size_t output : graph.outputs) ++readers_[output];
  }

  // Weights of several nodes: a layer called more than once, or one inside several.
  static Gradients shared_weights(const CallGraph& graph, const StepPlanner& planner) {
    std::unordered_map<const at::TensorImpl*, size_t> uses;
    Gradients shared;
    for (const auto& node : graph.nodes) {
      for (const auto& weight : node.layer->trainable_weights()) {
        const at::Tensor gradient = planner.gradient_of(weight->tensor);
        const auto* const key = weight->tensor.unsafeGetTensorImpl();
        if (gradient.defined() && ++uses[key] == 2) shared.emplace(key, gradient);
      }
    }
    return shared;
  }

  static Gradients own_places(const CallGraph::Node& node, const Gradients& shared,
                              std::unordered_map<const at::TensorImpl*, Sum>& sums) {
    Gradients own;
    for (const auto& weight : shared.empty() ? std::vector<WeightPtr>() : node.layer->trainable_weights()) {
      const auto* const key = weight->tensor.unsafeGetTensorImpl();
      const auto found = shared.find(key);
      if (found == shared.end()) continue;
      const at::Tensor place = at::zeros_like(found->second);
      own.emplace(key, place);
      Sum& sum = sums[key];
      sum.into = found->second;
      sum.parts.push_back(place);
    }
    return own;
  }

  void plan_node(const CallGraph::Node& node, const StepPlanner& planner) {
    auto call = node.call.map<PlanTensor>([&](size_t tensor) { return for_reader(tensor); });
    const PlanTensors inputs = call.inputs();
    auto planned = node.layer->planned(planner.for_call(std::move(call)), inputs);
    if (!planned) {
      throw CanNotPlan{fmt::format("layer '{}' (of type {}), or an option of it, has no planned step",
                                   node.layer->name(), node.layer->class_name())};
    }
    for (size_t i = 0; i < node.outputs.size(); ++i) tensors_[node.outputs[i]] = planned->outputs.at(i);
    nodes_.push_back({std::move(planned->step), {}});
  }

  // A reader of its own gets a gradient of its own; they are added before they go on.
  PlanTensor for_reader(size_t tensor) {
    PlanTensor result = tensors_[tensor];
    if (readers_[tensor] < 2 || !result.gradient.defined()) return result;
    result.gradient = at::zeros_like(result.gradient);
    parts_[tensor].push_back(result.gradient);
    return result;
  }

  // Where nobody reads a tensor its gradient is 0.
  std::vector<Sum> sums_of(const std::vector<size_t>& tensors) const {
    std::vector<Sum> sums;
    for (const size_t tensor : tensors) {
      const at::Tensor& gradient = tensors_[tensor].gradient;
      if (gradient.defined() && readers_[tensor] != 1) sums.push_back({gradient, parts_[tensor]});
    }
    return sums;
  }

  PlanTensors tensors_;
  std::vector<size_t> readers_;                 // by tensor
  std::vector<std::vector<at::Tensor>> parts_;  // by tensor
  std::vector<Node> nodes_;
  std::vector<Sum> last_sums_;
  PlanTensors outputs_;
};

}  // namespace

CallGraph chain_of(const std::vector<Layer>& layers) {
  CallGraph graph{.tensors = 1, .inputs = {0}, .outputs = {}, .nodes = {}};
  for (const Layer& layer : layers) {
    graph.nodes.push_back({layer.impl(), Call<size_t>(graph.tensors - 1), {graph.tensors}});
    ++graph.tensors;
  }
  graph.outputs = {graph.tensors - 1};
  return graph;
}

PlannedLayer planned_graph(const CallGraph& graph, const StepPlanner& planner, const PlanTensors& inputs) {
  auto step = std::make_unique<GraphStep>(graph, planner, inputs);
  PlanTensors outputs = step->outputs();
  return {std::move(outputs), std::move(step), /*fits_any_call=*/true};
}

}  // namespace keraslike::layers

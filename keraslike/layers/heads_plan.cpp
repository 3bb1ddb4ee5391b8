// Attention of several heads in planned steps.

#include <cmath>

#include "keraslike/layers/attention_plan.h"
#include "keraslike/layers/graph_plan.h"
#include "keraslike/layers/heads.h"
#include "keraslike/layers/merging_plan.h"
#include "keraslike/layers/planned_steps.h"

namespace keraslike::layers {

// By hand the attention of rows where `attend` takes the fused way: dropout, used or not, asks for the other one, which
// treats steps that see nothing in its own way.
std::optional<PlannedLayer> HeadsImpl::plan(const StepPlanner& planner, const PlanTensors&) {
  const Call<PlanTensor>& call = planner.call();
  const bool with_scores = call.constant<bool>("return_attention_scores").value_or(false);
  const bool drops = options_.dropout > 0.0;
  const bool is_even = heads().count == heads().key_value_count;
  const bool has_rows = call.tensor("query")->value.dim() == 3 && call.tensor("value")->value.dim() == 3;
  if (with_scores || drops || !is_even || !has_rows) return planned_by_autograd(*this, planner);
  return attended(planner, projected(planner));
}

// Query, key, value and the gate, if any, of the tensors of the call.
PlannedLayer HeadsImpl::projected(const StepPlanner& planner) const {
  PlanTensors inputs;
  for (const char* name : {"query", "value", "key"}) {
    const auto tensor = planner.call().tensor(name);
    if (tensor) inputs.push_back({tensor->value, tensor->gradient});  // projections look at no mask
  }
  CallGraph graph{.tensors = inputs.size(), .inputs = {}, .outputs = {}, .nodes = {}};
  for (size_t i = 0; i < inputs.size(); ++i) graph.inputs.push_back(i);
  const auto add = [&](const Layer& layer, size_t input) {
    graph.nodes.push_back({layer.impl(), Call<size_t>(input), {graph.tensors}});
    graph.outputs.push_back(graph.tensors++);
  };
  add(*query_dense_, 0);
  add(*key_dense_, inputs.size() - 1);
  add(*value_dense_, 1);
  if (gate_dense_) add(*gate_dense_, 0);
  return planned_graph(graph, planner, inputs);
}

std::optional<PlannedLayer> HeadsImpl::attended(const StepPlanner& planner, PlannedLayer projections) {
  const PlanTensors parts = projections.outputs;
  std::vector<int64_t> sizes = parts[0].value.sizes().vec();
  sizes.back() = parts[2].value.size(-1);
  PlanTensor output = planner.output(sizes, parts);
  const bool is_causal = planner.call().constant<bool>("use_causal_mask").value_or(false);
  const auto call = planner.call().map<Value>([](const PlanTensor& tensor) { return Value{tensor.value, tensor.mask}; });
  auto attention = planned_attention({.query = parts[0],
                                      .key = parts[1],
                                      .value = parts[2],
                                      .output = output,
                                      .scale = 1.0 / std::sqrt(static_cast<double>(heads().key_dim)),
                                      .bias = [this, call, is_causal] { return hiding_bias(call, is_causal); }});
  if (!attention) return planned_by_autograd(*this, planner);
  std::vector<std::unique_ptr<PlannedStep>> steps;
  steps.push_back(std::move(projections.step));
  steps.push_back(std::move(attention));
  if (gate_dense_) {
    PlannedLayer gated = planned_product(planner, {output, parts[3]});
    output = gated.outputs.front();
    steps.push_back(std::move(gated.step));
  }
  auto joined = (*output_dense_)->planned(planner.for_call(Call<PlanTensor>(output)), {output});
  if (!joined) return std::nullopt;
  steps.push_back(std::move(joined->step));
  return PlannedLayer{std::move(joined->outputs), in_order(std::move(steps)), /*fits_any_call=*/true};
}

}  // namespace keraslike::layers

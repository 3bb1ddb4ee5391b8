#include "keraslike/layers/merging_plan.h"

#include <utility>
#include <vector>

#include <ATen/TensorOperators.h>
#include <ATen/ops/add.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/neg.h>
#include <ATen/ops/sub.h>

#include "keraslike/layers/planned_steps.h"

namespace keraslike::layers {

namespace {

// Tensors are handles, whose constness `out=` functions do not look at.
at::Tensor& target(const at::Tensor& tensor) { return const_cast<at::Tensor&>(tensor); }

PlannedLayer made(PlanTensor output, std::function<void()> forward, std::function<void()> backward) {
  return {{std::move(output)}, planned_step(std::move(forward), std::move(backward))};
}

}  // namespace

PlannedLayer planned_sum(const StepPlanner& planner, const PlanTensors& inputs, double divisor) {
  const PlanTensor output = planner.output(inputs.front().value.sizes(), inputs);
  const auto forward = [=] {
    if (inputs.size() == 1) {
      output.value.copy_(inputs[0].value);
    } else {
      at::add_out(target(output.value), inputs[0].value, inputs[1].value);
    }
    for (size_t i = 2; i < inputs.size(); ++i) output.value.add_(inputs[i].value);
    if (divisor != 1.0) output.value.div_(divisor);
  };
  const auto backward = [=] {
    if (divisor != 1.0 && output.gradient.defined()) output.gradient.div_(divisor);
    for (const auto& input : inputs) {
      if (input.gradient.defined()) input.gradient.copy_(output.gradient);
    }
  };
  return made(output, forward, backward);
}

PlannedLayer planned_difference(const StepPlanner& planner, const PlanTensors& inputs) {
  const PlanTensor output = planner.output(inputs.front().value.sizes(), inputs);
  const auto forward = [=] { at::sub_out(target(output.value), inputs[0].value, inputs[1].value); };
  const auto backward = [=] {
    if (inputs[0].gradient.defined()) inputs[0].gradient.copy_(output.gradient);
    if (inputs[1].gradient.defined()) at::neg_out(target(inputs[1].gradient), output.gradient);
  };
  return made(output, forward, backward);
}

PlannedLayer planned_product(const StepPlanner& planner, const PlanTensors& inputs) {
  const PlanTensor output = planner.output(inputs.front().value.sizes(), inputs);
  const auto forward = [=] { at::mul_out(target(output.value), inputs[0].value, inputs[1].value); };
  const auto backward = [=] {
    for (const size_t i : {0, 1}) {
      if (!inputs[i].gradient.defined()) continue;
      at::mul_out(target(inputs[i].gradient), output.gradient, inputs[1 - i].value);
    }
  };
  return made(output, forward, backward);
}

PlannedLayer planned_concatenation(const StepPlanner& planner, const PlanTensors& inputs, int64_t axis) {
  std::vector<int64_t> sizes = inputs.front().value.sizes().vec();
  int64_t& size = sizes.at(static_cast<size_t>(axis));
  size = 0;
  for (const auto& input : inputs) size += input.value.size(axis);
  const PlanTensor output = planner.output(sizes, inputs);
  PlanTensors parts;  // of the output, one for each input
  int64_t begin = 0;
  for (const auto& input : inputs) {
    const int64_t count = input.value.size(axis);
    parts.push_back({output.value.narrow(axis, begin, count)});
    if (input.gradient.defined()) parts.back().gradient = output.gradient.narrow(axis, begin, count);
    begin += count;
  }
  const auto forward = [=] {
    for (size_t i = 0; i < inputs.size(); ++i) parts[i].value.copy_(inputs[i].value);
  };
  const auto backward = [=] {
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i].gradient.defined()) inputs[i].gradient.copy_(parts[i].gradient);
    }
  };
  return *for_any_call(made(output, forward, backward));
}

}  // namespace keraslike::layers

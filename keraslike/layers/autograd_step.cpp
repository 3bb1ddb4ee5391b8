// Steps that run a layer's own `call`.

#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include "keraslike/layers/planned_steps.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::layers {

namespace {

Value value_of(const PlanTensor& tensor) { return {tensor.value, tensor.mask}; }

Values values_of(const PlanTensors& tensors) {
  Values values;
  for (const auto& tensor : tensors) values.push_back(value_of(tensor));
  return values;
}

class AutogradStep final : public PlannedStep {
 public:
  AutogradStep(LayerImpl& layer, const StepPlanner& planner, PlanTensors outputs)
      : layer_(layer),
        training_(planner.training()),
        loss_scale_(planner.loss_scale()),
        call_(planner.call()),
        outputs_(std::move(outputs)) {
    for (const auto& weight : layer.trainable_weights()) {
      const at::Tensor gradient = planner.gradient_of(weight->tensor);
      if (!gradient.defined()) continue;
      weights_.push_back(weight->tensor);
      gradients_.push_back(gradient);
    }
    for (const auto& input : call_.tensors()) {
      if (input.gradient.defined()) gradients_.push_back(input.gradient);
    }
  }

  void forward() override {
    const c10::InferenceMode with_graph(false);
    const at::AutoGradMode grad_mode(training_);
    leaves_ = weights_;
    const auto call = call_.map<Value>([this](const PlanTensor& input) { return leaf_of(input); });
    results_ = layer_.run_all(call, {.training = training_});
    count_penalties();
    for (size_t i = 0; i < outputs_.size(); ++i) write(results_.at(i).tensor.detach(), outputs_[i].value);
    if (!training_) forget();
  }

  void backward() override {
    if (gradients_.empty()) return;
    const c10::InferenceMode with_graph(false);
    const auto found = gradients_by_graph();
    for (size_t i = 0; i < gradients_.size(); ++i) {
      if (i < found.size() && found[i].defined()) {
        gradients_[i].copy_(found[i]);
      } else {
        gradients_[i].zero_();
      }
    }
    forget();
  }

  float penalty() const override { return penalty_value_; }

 private:
  Value leaf_of(const PlanTensor& input) {
    Value value = value_of(input);
    value.tensor = value.tensor.detach().requires_grad_(input.gradient.defined());
    if (input.gradient.defined()) leaves_.push_back(value.tensor);
    return value;
  }

  // What the layer and those inside it recorded.
  void count_penalties() {
    penalty_ = at::Tensor();
    penalty_value_ = 0.0F;
    for (const auto& loss : layer_.take_losses()) penalty_ = penalty_.defined() ? penalty_ + loss : loss;
    if (penalty_.defined()) penalty_value_ = penalty_.item<float>();
  }

  // A smaller one would be spread over the buffer without a word.
  void write(const at::Tensor& result, at::Tensor& buffer) const {
    if (result.sizes() != buffer.sizes()) {
      throw ValueError("Layer '{}' (of type {}) has an output of shape {} where `output_shape` promised {}.",
                       layer_.name(), layer_.class_name(), utils::shape_of(result), utils::shape_of(buffer));
    }
    buffer.copy_(result);
  }

  std::vector<at::Tensor> gradients_by_graph() const {
    std::vector<at::Tensor> roots;
    std::vector<at::Tensor> slopes;
    for (size_t i = 0; i < outputs_.size(); ++i) {
      if (!outputs_[i].gradient.defined() || !results_[i].tensor.requires_grad()) continue;
      roots.push_back(results_[i].tensor);
      slopes.push_back(outputs_[i].gradient);
    }
    if (penalty_.defined() && penalty_.requires_grad()) {
      roots.push_back(penalty_);
      slopes.push_back(at::full_like(penalty_.detach(), loss_scale_));
    }
    if (roots.empty()) return {};
    return torch::autograd::grad(roots, leaves_, slopes, /*retain_graph=*/false, /*create_graph=*/false,
                                 /*allow_unused=*/true);
  }

  void forget() {
    results_.clear();
    leaves_.clear();
    penalty_ = at::Tensor();
  }

  LayerImpl& layer_;
  bool training_;
  double loss_scale_;
  Call<PlanTensor> call_;
  PlanTensors outputs_;
  std::vector<at::Tensor> weights_;
  std::vector<at::Tensor> gradients_;  // of these, then of the inputs
  std::vector<at::Tensor> leaves_;     // of the graph of one step, in the same order
  Values results_;
  at::Tensor penalty_;
  float penalty_value_ = 0.0F;
};

// A step, then the masks of its outputs.
class MaskStep final : public PlannedStep {
 public:
  MaskStep(const LayerImpl& layer, const Call<PlanTensor>& call, const PlanTensors& outputs, std::vector<bool> made,
           std::unique_ptr<PlannedStep> step)
      : layer_(layer),
        call_(call.map<Value>(value_of)),
        outputs_(values_of(outputs)),
        made_(std::move(made)),
        step_(std::move(step)) {}

  void forward() override {
    if (step_) step_->forward();
    const auto masks = layer_.output_masks(call_, outputs_);
    for (size_t i = 0; i < made_.size(); ++i) {
      if (made_[i]) outputs_[i].mask.copy_(masks[i]);
    }
  }
  void backward() override {
    if (step_) step_->backward();
  }
  float penalty() const override { return step_ ? step_->penalty() : 0.0F; }

 private:
  const LayerImpl& layer_;
  Call<Value> call_;
  Values outputs_;
  std::vector<bool> made_;  // which of the masks are made here
  std::unique_ptr<PlannedStep> step_;
};

bool is_among(const at::Tensor& mask, const PlanTensors& inputs) {
  return std::any_of(inputs.begin(), inputs.end(), [&](const PlanTensor& input) {
    return mask.is_same(input.mask) || mask.is_same(input.value);
  });
}

}  // namespace

PlannedLayer planned_by_autograd(LayerImpl& layer, const StepPlanner& planner) {
  std::vector<at::Tensor> weights;
  for (const auto& weight : layer.trainable_weights()) weights.push_back(weight->tensor);
  const auto specs = layer.output_specs(planner.call().map<TensorSpec>([](const PlanTensor& input) {
    return TensorSpec{utils::shape_of(input.value), utils::dtype_of(input.value.scalar_type(), "A tensor of a plan")};
  }));
  PlanTensors outputs;
  for (const auto& spec : specs) {
    if (!spec.shape.is_known()) {
      throw CanNotPlan{fmt::format("the shape of what layer '{}' (of type {}) makes depends on data", layer.name(),
                                   layer.class_name())};
    }
    const auto dtype = utils::scalar_type(spec.dtype);
    if (at::isFloatingType(dtype) && dtype != at::kFloat) {
      throw CanNotPlan{fmt::format("layer '{}' (of type {}) makes {}, and plans are of float32", layer.name(),
                                   layer.class_name(), to_string(spec.dtype))};
    }
    outputs.push_back(planner.output(spec.shape, planner.call().tensors(), weights));
    if (dtype != at::kFloat) outputs.back() = {planner.buffer(spec.shape, dtype)};
  }
  auto step = std::make_unique<AutogradStep>(layer, planner, outputs);
  return {std::move(outputs), std::move(step), /*fits_any_call=*/true};
}

// A mask that goes on as it is needs no work.
void plan_masks(const LayerImpl& layer, const Call<PlanTensor>& call, PlannedLayer& planned) {
  PlanTensors& outputs = planned.outputs;
  if (!layer.supports_masking()) {
    for (auto& output : outputs) output.mask = at::Tensor();
    return;
  }
  const auto masks = layer.output_masks(call.map<Value>(value_of), values_of(outputs));
  std::vector<bool> made;
  for (size_t i = 0; i < std::min(masks.size(), outputs.size()); ++i) {
    made.push_back(masks[i].defined() && !outputs[i].mask.defined() && !is_among(masks[i], call.tensors()));
    if (outputs[i].mask.defined() || !masks[i].defined()) continue;
    outputs[i].mask = made[i] ? at::zeros_like(masks[i]) : masks[i];
  }
  if (std::find(made.begin(), made.end(), true) == made.end()) return;
  planned.step = std::make_unique<MaskStep>(layer, call, outputs, std::move(made), std::move(planned.step));
}

}  // namespace keraslike::layers

#include "keraslike/training/step_plan.h"

#include <algorithm>
#include <unordered_map>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include "keraslike/layers/device_of.h"
#include "keraslike/losses/loss.h"
#include "keraslike/losses/reduction.h"
#include "keraslike/utils/tensor_types.h"

namespace keraslike::training {

using layers::StepPlanner;
using layers::PlanTensor;
using layers::PlanTensors;

namespace {

bool is_plain(const at::Tensor& tensor) {
  return tensor.is_cpu() && tensor.scalar_type() == at::kFloat && tensor.layout() == at::kStrided;
}

void check_device(const layers::LayerImpl& root) {
  const at::Device device = layers::device_of(root);
  if (!device.is_cpu()) throw CanNotPlan{fmt::format("it computes on {}, and plans are for the CPU", device.str())};
}

void check_weights(const layers::LayerImpl& root) {
  for (const auto& weight : root.weights()) {
    if (!weight->tensor.is_floating_point()) continue;  // a counter, which nothing is computed from
    if (is_plain(weight->tensor) && weight->tensor.is_contiguous()) continue;
    throw CanNotPlan{fmt::format("weight '{}' is not dense float32 on the CPU", weight->path)};
  }
}

// A layer of integers has no floats in another type.
void check_dtypes(const layers::LayerImpl& layer) {
  if (is_floating(layer.compute_dtype()) && layer.compute_dtype() != DType::Float32) {
    throw CanNotPlan{fmt::format("layer '{}' computes in {}, and plans are of float32", layer.name(),
                                 to_string(layer.compute_dtype()))};
  }
  for (const Layer& part : layer.sublayers()) check_dtypes(*part.impl());
}

// Any loss, by LibTorch's autograd. It may keep what it is given, so it gets copies.
class LossByAutograd final : public losses::PlannedLoss {
 public:
  LossByAutograd(Loss loss, at::Tensor mask) : loss_(std::move(loss)), mask_(std::move(mask)) {}

  bool fits(const losses::LossBuffers&) const override { return true; }

  float run(const losses::LossBuffers& of, double scale) override {
    const c10::InferenceMode with_graph(false);
    const bool has_gradient = of.gradient.defined() && of.y_pred.is_floating_point();
    const at::AutoGradMode grad_mode(has_gradient);
    const at::Tensor outputs = of.y_pred.detach().clone().requires_grad_(has_gradient);
    const at::Tensor weight = of.sample_weight.defined() ? of.sample_weight.clone() : at::Tensor();
    const at::Tensor loss = loss_(of.y_true.clone(), outputs, weight, mask_);
    if (has_gradient) of.gradient.copy_(torch::autograd::grad({loss * scale}, {outputs}).front());
    return loss.item<float>();
  }

 private:
  Loss loss_;
  at::Tensor mask_;
};

// A planned loss of an output with a mask, which becomes part of the weights.
class MaskedLoss final : public losses::PlannedLoss {
 public:
  MaskedLoss(std::unique_ptr<losses::PlannedLoss> planned, at::Tensor mask, std::string reduction,
             const at::Tensor& sample_weight)
      : planned_(std::move(planned)), mask_(std::move(mask)), reduction_(std::move(reduction)) {
    weight_ = at::zeros_like(weight_of(sample_weight));
  }

  bool fits(const losses::LossBuffers& of) const override { return planned_->fits(weighted(of)); }

  float run(const losses::LossBuffers& of, double scale) override {
    weight_.copy_(weight_of(of.sample_weight));
    return planned_->run(weighted(of), scale);
  }

 private:
  at::Tensor weight_of(const at::Tensor& sample_weight) const {
    return losses::apply_mask(sample_weight, mask_, reduction_, at::kFloat);
  }
  losses::LossBuffers weighted(const losses::LossBuffers& of) const {
    return {of.y_true, of.y_pred, weight_, of.gradient};
  }

  std::unique_ptr<losses::PlannedLoss> planned_;
  at::Tensor mask_;
  std::string reduction_;
  at::Tensor weight_;
};

// By hand where the loss has a plan that fits, and no mask of its own beside the output's.
std::unique_ptr<losses::PlannedLoss> planned_loss(const Loss& loss, const losses::LossBuffers& buffers,
                                                  const at::Tensor& mask) {
  const bool is_float = buffers.y_pred.scalar_type() == at::kFloat;  // not so where whole numbers are predicted
  auto planned = is_float ? loss->plan() : nullptr;
  if (planned && mask.defined()) {
    planned = std::make_unique<MaskedLoss>(std::move(planned), mask, loss->reduction(), buffers.sample_weight);
    if (loss->mask(buffers.y_true, buffers.y_pred).defined()) planned = nullptr;
  }
  if (planned && planned->fits(buffers)) return planned;
  return std::make_unique<LossByAutograd>(loss, mask);
}

at::Tensor rows_like(const at::Tensor& tensor, int64_t rows) {
  if (!tensor.defined()) return {};
  std::vector<int64_t> sizes = tensor.sizes().vec();
  sizes.front() = rows;
  return at::zeros(sizes, tensor.options());
}

// Whether the buffers hold so many rows of each of these.
bool hold(const Tensors& buffers, const Tensors& samples, int64_t rows) {
  return std::equal(buffers.begin(), buffers.end(), samples.begin(), samples.end(),
                    [&](const at::Tensor& buffer, const at::Tensor& tensor) {
                      if (!buffer.defined() || !tensor.defined()) return buffer.defined() == tensor.defined();
                      return buffer.size(0) == rows && buffer.sizes().slice(1) == tensor.sizes().slice(1) &&
                             buffer.scalar_type() == tensor.scalar_type();
                    });
}

size_t users_of(const at::Tensor& tensor) { return tensor.use_count() + tensor.storage().use_count(); }

}  // namespace

StepPlan::StepPlan(Network& network, const Compiled* compiled, Purpose purpose, double loss_scale,
                   const Samples& samples, int64_t rows)
    : purpose_(purpose), loss_scale_(loss_scale), total_(at::zeros({})) {
  check_device(network.root());
  check_dtypes(network.root());
  check_weights(network.root());
  const at::NoGradGuard no_grad;
  watch_weights(network.root());
  make_batch(samples, rows);
  plan_graph(network);
  for (const auto& output : graph_.outputs) predictions_.push_back(output.value);
  if (compiled != nullptr) plan_losses(*compiled);
}

void StepPlan::watch_weights(const layers::LayerImpl& root) {
  if (purpose_ == Purpose::Train) weights_ = root.trainable_weights();
  for (const auto& weight : root.weights()) {
    watched_.push_back({weight, weight->tensor.data_ptr(), weight->tensor.requires_grad()});
  }
  for (const auto& weight : weights_) gradients_.push_back(at::zeros_like(weight->tensor.detach()));
}

StepPlanner StepPlan::planner() {
  if (purpose_ != Purpose::Train) return StepPlanner();
  std::unordered_map<const at::TensorImpl*, at::Tensor> gradients;
  for (size_t i = 0; i < weights_.size(); ++i) {
    gradients.emplace(weights_[i]->tensor.unsafeGetTensorImpl(), gradients_[i]);
  }
  return StepPlanner(std::move(gradients), loss_scale_);
}

void StepPlan::make_batch(const Samples& samples, int64_t rows) {
  for (const auto& x : samples.x) batch_.x.push_back(rows_like(x, rows));
  if (purpose_ == Purpose::Predict) return;
  for (const auto& y : samples.y) batch_.y.push_back(rows_like(y, rows));
  for (const auto& weights : samples.weights) batch_.weights.push_back(rows_like(weights, rows));
}

void StepPlan::plan_graph(Network& network) {
  const PlanTensors inputs = graph_inputs(network);
  const auto call = inputs.size() == 1 ? layers::Call<PlanTensor>(inputs.front()) : layers::Call<PlanTensor>(inputs);
  auto planned = network.root().planned(planner().for_call(call), inputs);
  if (!planned) throw CanNotPlan{"its layers are not a known graph"};
  graph_ = std::move(*planned);
}

// In the types that the model was declared with, as it converts them itself.
PlanTensors StepPlan::graph_inputs(const Network& network) {
  const auto declared = network.declared_inputs();
  PlanTensors inputs;
  for (size_t i = 0; i < batch_.x.size(); ++i) {
    const at::Tensor& x = batch_.x[i];
    if (i < declared.size() && declared[i].is_text) throw CanNotPlan{"an input is of texts"};
    const auto type = i < declared.size() ? utils::scalar_type(declared[i].spec.dtype) : x.scalar_type();
    const bool is_whole = at::isIntegralType(type, /*includeBool=*/true) && !x.is_floating_point();
    if (!x.is_cpu() || (!is_whole && type != at::kFloat) || (!is_whole && !is_plain(x))) {
      throw CanNotPlan{"an input is neither float32 nor whole numbers on the CPU"};
    }
    inputs.push_back({x});
    if (type == x.scalar_type()) continue;
    inputs.back().value = at::zeros(x.sizes(), type);
    given_.push_back(x);
    converted_.push_back(inputs.back().value);
  }
  return inputs;
}

void StepPlan::plan_losses(const Compiled& compiled) {
  const PlanTensors& outputs = graph_.outputs;
  for (const auto& output : outputs) {
    if (output.gradient.defined()) output.gradient.zero_();  // it stays so where there is no loss
  }
  for (const CompiledLoss& entry : compiled.losses()) {
    const size_t i = entry.output;
    if (entry.loss->dtype() != DType::Float32) {
      throw CanNotPlan{fmt::format("loss '{}' is computed in {}, and plans are of float32", entry.loss.name(),
                                   to_string(entry.loss->dtype()))};
    }
    losses::LossBuffers buffers{batch_.y.at(i), outputs[i].value,
                                i < batch_.weights.size() ? batch_.weights[i] : at::Tensor(), outputs[i].gradient};
    auto planned = planned_loss(entry.loss, buffers, outputs[i].mask);
    losses_.push_back({entry.loss, std::move(planned), std::move(buffers), entry.weight});
  }
  loss_values_.resize(losses_.size());
}

bool StepPlan::is_for(Purpose purpose, const Samples& samples, int64_t rows) const {
  if (purpose != purpose_ || !hold(batch_.x, samples.x, rows)) return false;
  return purpose == Purpose::Predict ||
         (hold(batch_.y, samples.y, rows) && hold(batch_.weights, samples.weights, rows));
}

bool StepPlan::is_valid() const {
  return std::all_of(watched_.begin(), watched_.end(), [](const Watched& watched) {
    const at::Tensor& tensor = watched.weight->tensor;
    return tensor.data_ptr() == watched.data && tensor.requires_grad() == watched.trains;
  });
}

void StepPlan::run() {
  const c10::InferenceMode without_graph;
  for (size_t i = 0; i < given_.size(); ++i) converted_[i].copy_(given_[i]);
  graph_.step->forward();
  if (purpose_ == Purpose::Predict) return;
  float total = run_losses() + graph_.step->penalty();
  if (purpose_ == Purpose::Train) graph_.step->backward();
  total += penalties();
  *total_.data_ptr<float>() = total;
  holders_ = count_holders();
}

float StepPlan::run_losses() {
  float total = 0.0F;
  for (size_t i = 0; i < losses_.size(); ++i) {
    auto& [loss, planned, buffers, weight] = losses_[i];
    loss_values_[i] = planned->run(buffers, weight * loss_scale_);
    total += loss_values_[i] * static_cast<float>(weight);
  }
  return total;
}

// By autograd, on the weights alone.
float StepPlan::penalties() {
  float total = 0.0F;
  const bool train = purpose_ == Purpose::Train;
  for (size_t i = 0; i < watched_.size(); ++i) {
    const layers::Weight& weight = *watched_[i].weight;
    if (!weight.regularizer || !watched_[i].trains) continue;
    const c10::InferenceMode with_graph(false);
    const at::AutoGradMode grad_mode(train);
    const at::Tensor leaf = weight.tensor.detach().requires_grad_(train);
    const at::Tensor penalty = (*weight.regularizer)(weight.in_keras_shape(leaf));
    total += penalty.item<float>();
    if (!train || !penalty.requires_grad()) continue;
    const at::Tensor gradient = torch::autograd::grad({penalty}, {leaf}).front();
    const at::NoGradGuard no_grad;
    const auto own = std::find(weights_.begin(), weights_.end(), watched_[i].weight) - weights_.begin();
    gradients_[static_cast<size_t>(own)].add_(gradient, loss_scale_);
  }
  return total;
}

layers::Values StepPlan::masked_predictions() const {
  layers::Values values;
  for (const auto& output : graph_.outputs) values.push_back({output.value, output.mask});
  return values;
}

size_t StepPlan::count_holders() const {
  size_t count = 0;
  for (const Tensors* tensors : {&batch_.x, &batch_.y, &batch_.weights, &predictions_}) {
    for (const auto& tensor : *tensors) count += tensor.defined() ? users_of(tensor) : 0;
  }
  return count;
}

}  // namespace keraslike::training

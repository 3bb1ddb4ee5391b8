#include "keraslike/training/step_plan.h"

#include <algorithm>
#include <ranges>
#include <unordered_map>
#include <unordered_set>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/add.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include "keraslike/losses/loss.h"

namespace keraslike::training {

using layers::StepPlanner;
using layers::PlanTensor;
using layers::PlanTensors;

namespace {

bool is_plain(const at::Tensor& tensor) {
  return tensor.is_cpu() && tensor.scalar_type() == at::kFloat && tensor.layout() == at::kStrided;
}

void check_weights(const layers::LayerImpl& root) {
  for (const auto& weight : root.weights()) {
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

void check_calls(const Graph& graph) {
  std::unordered_set<const layers::LayerImpl*> seen;
  for (const auto& node : graph.nodes) {
    if (seen.insert(node.layer.get()).second) continue;
    throw CanNotPlan{fmt::format("layer '{}' is called more than once", node.layer->name())};
  }
}

// How often each tensor is read, by layers and as an output of the model.
std::vector<size_t> readers_of(const Graph& graph) {
  std::vector<size_t> readers(graph.tensors, 0);
  for (const auto& node : graph.nodes) {
    for (const size_t input : node.inputs) ++readers[input];
  }
  for (const size_t output : graph.outputs) ++readers[output];
  return readers;
}

// Any loss, by LibTorch's autograd. It may keep what it is given, so it gets copies.
class LossByAutograd final : public losses::PlannedLoss {
 public:
  explicit LossByAutograd(Loss loss) : loss_(std::move(loss)) {}

  bool fits(const losses::LossBuffers&) const override { return true; }

  float run(const losses::LossBuffers& of, double scale) override {
    const c10::InferenceMode with_graph(false);
    const at::AutoGradMode grad_mode(of.gradient.defined());
    const at::Tensor outputs = of.y_pred.detach().clone().requires_grad_(of.gradient.defined());
    const at::Tensor weight = of.sample_weight.defined() ? of.sample_weight.clone() : at::Tensor();
    const at::Tensor loss = loss_(of.y_true.clone(), outputs, weight);
    if (of.gradient.defined()) of.gradient.copy_(torch::autograd::grad({loss * scale}, {outputs}).front());
    return loss.item<float>();
  }

 private:
  Loss loss_;
};

at::Tensor buffer_like(const at::Tensor& tensor) { return at::zeros(tensor.sizes(), tensor.options()); }

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
  const auto graph = network.graph();
  if (!graph) throw CanNotPlan{"its layers are not a known graph"};
  check_dtypes(network.root());
  check_weights(network.root());
  check_calls(*graph);
  const at::NoGradGuard no_grad;
  watch_weights(network.root());
  make_batch(samples, rows);
  plan_nodes(*graph, planner());
  for (const auto& output : outputs_) predictions_.push_back(output.value);
  if (compiled != nullptr) plan_losses(*compiled, outputs_);
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
  return StepPlanner(std::move(gradients));
}

void StepPlan::make_batch(const Samples& samples, int64_t rows) {
  for (const auto& x : samples.x) {
    if (!is_plain(x)) throw CanNotPlan{"an input is not float32 on the CPU"};
    batch_.x.push_back(rows_like(x, rows));
  }
  if (purpose_ == Purpose::Predict) return;
  for (const auto& y : samples.y) batch_.y.push_back(rows_like(y, rows));
  for (const auto& weights : samples.weights) batch_.weights.push_back(rows_like(weights, rows));
}

// A reader of its own gets a gradient of its own; they are added before they go on.
PlanTensor StepPlan::part_for_reader(size_t tensor, const std::vector<size_t>& readers) {
  PlanTensor result = tensors_[tensor];
  if (readers[tensor] < 2 || !result.gradient.defined()) return result;
  result.gradient = buffer_like(result.gradient);
  parts_[tensor].push_back(result.gradient);
  return result;
}

void StepPlan::plan_nodes(const Graph& graph, const StepPlanner& planner) {
  const auto readers = readers_of(graph);
  tensors_.resize(graph.tensors);
  parts_.resize(graph.tensors);
  for (size_t i = 0; i < graph.inputs.size(); ++i) tensors_[graph.inputs[i]].value = batch_.x.at(i);
  for (const auto& node : graph.nodes) {
    PlanTensors inputs;
    for (const size_t input : node.inputs) inputs.push_back(part_for_reader(input, readers));
    auto planned = node.layer->planned(planner, inputs);
    if (!planned) {
      throw CanNotPlan{fmt::format("layer '{}' (of type {}), or an option of it, has no planned step",
                                   node.layer->name(), node.layer->class_name())};
    }
    for (size_t i = 0; i < node.outputs.size(); ++i) tensors_[node.outputs[i]] = planned->outputs.at(i);
    nodes_.push_back({std::move(planned->step), {}});
  }
  for (const size_t output : graph.outputs) outputs_.push_back(part_for_reader(output, readers));
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const size_t output : graph.nodes[i].outputs) {
      if (!parts_[output].empty()) nodes_[i].sums.push_back({tensors_[output].gradient, parts_[output]});
    }
  }
}

void StepPlan::plan_losses(const Compiled& compiled, const PlanTensors& outputs) {
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
    auto planned = entry.loss->plan();
    if (!planned || !planned->fits(buffers)) planned = std::make_unique<LossByAutograd>(entry.loss);
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
  for (const auto& node : nodes_) {
    if (node.step) node.step->forward();
  }
  if (purpose_ == Purpose::Predict) return;
  float total = run_losses();
  if (purpose_ == Purpose::Train) {
    for (auto& node : std::views::reverse(nodes_)) {
      for (auto& [into, parts] : node.sums) {
        at::add_out(into, parts[0], parts[1]);
        for (size_t i = 2; i < parts.size(); ++i) into.add_(parts[i]);
      }
      if (node.step) node.step->backward();
    }
  }
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

size_t StepPlan::count_holders() const {
  size_t count = 0;
  for (const Tensors* tensors : {&batch_.x, &batch_.y, &batch_.weights, &predictions_}) {
    for (const auto& tensor : *tensors) count += tensor.defined() ? users_of(tensor) : 0;
  }
  return count;
}

}  // namespace keraslike::training

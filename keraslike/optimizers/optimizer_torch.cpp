// How LibTorch drives an optimizer: its parameter groups, `step()`, and `torch::save`.
#include <ATen/core/grad_mode.h>
#include <torch/optim/optimizer.h>
#include <torch/serialize/input-archive.h>
#include <torch/serialize/output-archive.h>

#include "keraslike/optimizers/optimizer_impl.h"
#include "keraslike/utils/errors.h"

namespace keraslike::optimizers {

using layers::Weight;
using layers::WeightPtr;

std::vector<at::Tensor> OptimizerImpl::torch_parameters() {
  std::vector<at::Tensor> all;
  for (const auto& group : torch().param_groups()) all.insert(all.end(), group.params().begin(), group.params().end());
  return all;
}

// The LibTorch optimizer holds the tensors of the weights: those it was given, or else all of them.
void OptimizerImpl::adopt_parameters() {
  std::vector<at::Tensor> tensors;
  for (const auto& weight : weights_) tensors.push_back(weight->tensor);
  const auto given = torch_parameters();
  if (given.empty()) {
    torch().param_groups().at(0).params() = tensors;
    return;
  }
  bool are_same = given.size() == tensors.size();
  for (size_t i = 0; are_same && i < given.size(); ++i) are_same = given[i].is_same(tensors[i]);
  if (are_same) return;
  weights_.clear();
  throw ValueError(
      "The optimizer {} was given {} parameters through LibTorch, which are not the {} weights that it is built with. "
      "Use one optimizer for each.",
      name(), given.size(), tensors.size());
}

// The weights that it was built with where the parameters are theirs; a parameter of LibTorch's own has no name.
std::vector<WeightPtr> OptimizerImpl::weights_from_torch() {
  std::vector<WeightPtr> weights;
  for (const auto& tensor : torch_parameters()) {
    const size_t i = weights.size();
    if (i < weights_.size() && weights_[i]->tensor.is_same(tensor)) {
      weights.push_back(weights_[i]);
      continue;
    }
    const std::string name = "parameter_" + std::to_string(i);
    weights.push_back(std::make_shared<Weight>(Weight{
        .name = name, .path = name, .tensor = tensor, .shape = Shape(tensor.sizes().begin(), tensor.sizes().end())}));
  }
  return weights;
}

at::Tensor OptimizerImpl::step_torch(const std::function<at::Tensor()>& closure) {
  at::Tensor loss;
  if (closure) {
    const at::AutoGradMode enabled(true);
    loss = closure();
  }
  std::vector<at::Tensor> gradients;
  for (const auto& parameter : torch_parameters()) gradients.push_back(parameter.grad());
  apply(gradients, weights_from_torch());
  return loss;
}

void OptimizerImpl::save_torch(torch::serialize::OutputArchive& archive) const {
  const auto all = variables();
  for (size_t i = 0; i < all.size(); ++i) archive.write(std::to_string(i), all[i]->tensor, /*is_buffer=*/true);
}

void OptimizerImpl::load_torch(torch::serialize::InputArchive& archive) {
  const at::NoGradGuard no_grad;
  if (!built_) build(weights_from_torch());
  const auto all = variables();
  for (size_t i = 0; i < all.size(); ++i) {
    at::Tensor read;
    if (!archive.try_read(std::to_string(i), read, /*is_buffer=*/true) || read.sizes() != all[i]->tensor.sizes()) {
      throw ValueError(
          "The archive does not hold the state of the optimizer {}: its variable {} ({}) is missing or has "
          "another shape.",
          name(), i, all[i]->path);
    }
    all[i]->tensor.copy_(read);
  }
  refresh_torch();
}

}  // namespace keraslike::optimizers

#pragma once

// What TorchModule remembers of its module.

#include <functional>
#include <utility>
#include <vector>

#include "keraslike/layers/layer_impl.h"

namespace keraslike::layers {

// Finds out what comes out of a function of tensors, for layers whose function says nothing of it: runs it on zeros, in
// two sizes for the axes that are open, and remembers what it saw.
class Trial {
 public:
  using Tensors = std::vector<at::Tensor>;
  using Function = std::function<Tensors(const Tensors&)>;

  // Axes that grow with the open ones are open, and the first one is the batch's. Throws ValueError where the function
  // can not run.
  std::vector<TensorSpec> operator()(const LayerImpl& layer, std::vector<TensorSpec> inputs, const Function& function);

 private:
  std::vector<std::pair<std::vector<TensorSpec>, std::vector<TensorSpec>>> known_;  // with open batches
};

}  // namespace keraslike::layers

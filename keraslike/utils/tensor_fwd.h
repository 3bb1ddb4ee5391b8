#pragma once

// Public headers name LibTorch's tensor without including it: `keraslike/torch.h` brings the real one.
namespace at {
class Tensor;
}  // namespace at

namespace torch::nn {
class Module;
}  // namespace torch::nn

namespace torch::optim {
class Optimizer;
}  // namespace torch::optim

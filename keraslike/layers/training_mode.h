#pragma once

// For sources.

#include <ATen/core/ivalue.h>  // first, see keraslike/torch.h
#include <torch/nn/module.h>

namespace keraslike::layers {

// Switches LibTorch's modules between training and inference for as long as it lives.
class TrainingMode {
 public:
  TrainingMode(torch::nn::Module& module, bool on) : module_(module), before_(module.is_training()) {
    module.train(on);
  }
  ~TrainingMode() { module_.train(before_); }
  TrainingMode(const TrainingMode&) = delete;
  TrainingMode& operator=(const TrainingMode&) = delete;

 private:
  torch::nn::Module& module_;
  bool before_;
};

}  // namespace keraslike::layers

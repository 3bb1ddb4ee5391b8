#pragma once

// A device of the tests' own, for want of a GPU: ordinary memory, but its tensors say that they are somewhere else, and
// what a GPU refuses it refuses too. LibTorch knows it as "xpu:0", since `module.to(device)` works between main memory
// and a few kinds of device alone, "privateuseone" not among them; no LibTorch for CPUs or CUDA has one of that name.

#include <string>

#include <ATen/core/Tensor.h>

namespace test {

at::Device second_device();

// `config::device()` is the second device while one lives, and "cpu" after it.
class OnSecondDevice {
 public:
  OnSecondDevice();
  ~OnSecondDevice();
  OnSecondDevice(const OnSecondDevice&) = delete;
  OnSecondDevice& operator=(const OnSecondDevice&) = delete;
};

}  // namespace test

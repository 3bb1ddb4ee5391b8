#pragma once

// A device of the tests' own, for want of a GPU: ordinary memory, but its tensors say that they are somewhere else, and
// what a GPU refuses it refuses too. LibTorch 1 knows it as "xpu:0" and LibTorch 2 as "mtia:0": `module.to(device)`
// works between main memory and a few kinds of device alone, "privateuseone" not among them, and autograd asks
// LibTorch 2 for a kind that it can meet at run time. No LibTorch for CPUs or CUDA has a device of these names.

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

#include "keraslike/layers/device_of.h"

#include <optional>

#include "keraslike/utils/torch_device.h"

namespace keraslike::layers {

namespace {

// LibTorch's view of the weights, which a TorchModule has before it is built.
std::optional<at::Device> device_of_module(const torch::nn::Module& module) {
  for (const auto& parameter : module.named_parameters(/*recurse=*/false)) {
    if (parameter.value().defined()) return parameter.value().device();
  }
  for (const auto& buffer : module.named_buffers(/*recurse=*/false)) {
    if (buffer.value().defined()) return buffer.value().device();
  }
  for (const auto& part : module.children()) {
    if (const auto device = device_of_module(*part)) return device;
  }
  return std::nullopt;
}

}  // namespace

at::Device device_of(const LayerImpl& layer) {
  return device_of_module(layer).value_or(utils::configured_device());
}

}  // namespace keraslike::layers

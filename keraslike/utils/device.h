#pragma once

#include <string>

namespace keraslike::config {

// Where weights are made from here on, and with them where models compute: "cpu" unless set, "cuda", "cuda:1", or
// whatever other device this LibTorch can use. What exists stays where it is; `model.module().to(device)` of
// keraslike/torch.h moves it. Data stay in main memory: each batch is sent to where the model's weights are, and
// predictions come back. Keras' torch backend takes the device from KERAS_TORCH_DEVICE.
//
// Initial weights, the order of rows, dropout and all other draws come from the CPU's generators whichever the device,
// so that a seed means the same everywhere.
//
// Throws ValueError where there is no such device; the setting stays as it was then.
void set_device(const std::string& device);

// As LibTorch writes it: "cpu", "cuda:0".
std::string device();

}  // namespace keraslike::config

#pragma once

// The bridge to LibTorch: tensors, modules and optimizers, and the classes behind the handles.

// First: without it Clang does not get through LibTorch 1 in C++20.
#include <ATen/core/ivalue.h>

#include <torch/torch.h>

#include "keraslike/keraslike.h"
#include "keraslike/layers/layer_impl.h"
#include "keraslike/layers/rnn_cell.h"
#include "keraslike/layers/torch_module.h"
#include "keraslike/layers/weight.h"
#include "keraslike/models/custom_model.h"
#include "keraslike/optimizers/optimizer_impl.h"
#include "keraslike/optimizers/torch_optimizer.h"

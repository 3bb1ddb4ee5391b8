#pragma once

// The bridge to LibTorch: tensors, modules and optimizers, and the classes behind the handles.

#include <torch/nn/module.h>
#include <torch/optim/optimizer.h>
#include <torch/types.h>

#include "keraslike/keraslike.h"
#include "keraslike/layers/weight.h"
#include "keraslike/optimizers/optimizer_impl.h"

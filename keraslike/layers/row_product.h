#pragma once

// For sources.

#include <memory>

#include <ATen/core/Tensor.h>

#include "keraslike/layers/plan.h"

namespace keraslike::layers {

// The weights of a product, and where their gradients go; undefined where there is none.
struct RowProduct {
  at::Tensor kernel;           // (features, units), a view perhaps
  at::Tensor kernel_gradient;  // dense as it is stored: like the kernel, or like its transpose
  at::Tensor bias = {};        // (units,)
  at::Tensor bias_gradient = {};
};

// x . kernel + bias on rows, by matrix products into buffers; x is (..., features) and the output (..., units), whatever
// their axes.
std::unique_ptr<PlannedStep> row_product(const PlanTensor& input, const PlanTensor& output, const RowProduct& weights);

}  // namespace keraslike::layers

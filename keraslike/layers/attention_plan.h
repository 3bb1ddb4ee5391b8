#pragma once

// For sources.

#include <cstdint>
#include <functional>
#include <memory>

#include <ATen/core/Tensor.h>

#include "keraslike/layers/plan.h"

namespace keraslike::layers {

// Attention of several heads: softmax(query . key * scale + bias) . value.
struct PlannedAttention {
  PlanTensor query;   // (batch, query steps, heads, channels)
  PlanTensor key;     // (batch, steps, heads, channels)
  PlanTensor value;   // (batch, steps, heads, channels of the output); may be that of the keys
  PlanTensor output;  // (batch, query steps, heads, channels of the output)
  double scale = 1.0;
  std::function<at::Tensor()> bias;  // of this batch: of the scores' shape (batch, heads, query steps, steps), or one that
                                     // is spread to it; an undefined one where all steps see each other
};

// Null where the processor has no products of utils/products.h.
std::unique_ptr<PlannedStep> planned_attention(PlannedAttention attention);

}  // namespace keraslike::layers

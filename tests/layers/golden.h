#pragma once

// For golden tests. Weights and inputs are filled with sin(k + 1) / 2, k counting row by row.

#include <algorithm>
#include <cmath>
#include <vector>

#include "support/check_layer.h"

namespace test {

inline void fill(const keraslike::Layer& layer, const keraslike::Shape& input) {
  layer.build(input);
  std::vector<keraslike::Array> weights;
  for (const auto& weight : layer->weights()) weights.emplace_back(some_input(weight->shape));
  layer.set_weights(weights);
}

inline void check_close(const at::Tensor& got, const std::vector<double>& want, double relative = 1e-6) {
  const at::Tensor flat = got.detach().contiguous().reshape(-1).to(at::kDouble);
  REQUIRE(flat.numel() == static_cast<int64_t>(want.size()));
  for (size_t i = 0; i < want.size(); ++i) {
    CHECK(std::abs(flat[static_cast<int64_t>(i)].item<double>() - want[i]) <=
          relative * std::max(1.0, std::abs(want[i])));
  }
}

// What a layer whose weights and input are filled so computes for a shape (batch, ...).
inline at::Tensor filled_output(const keraslike::Layer& layer, const keraslike::Shape& input) {
  fill(layer, input.without_batch().with_batch());
  return layer(some_input(input));
}

}  // namespace test

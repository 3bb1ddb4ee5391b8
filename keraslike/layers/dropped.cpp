#include "keraslike/layers/dropped.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/bernoulli.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/full.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include "keraslike/utils/draws.h"

namespace keraslike::layers {

at::Tensor dropped(const at::Tensor& input, double rate, std::optional<at::IntArrayRef> noise_shape,
                   utils::SeedGenerator& seeds) {
  const double keep = 1.0 - rate;
  if (keep == 0.0) return at::zeros_like(input);
  if (!seeds.initial_seed() && !noise_shape) return at::dropout(input, rate, /*train=*/true);
  const at::Tensor chances =
      at::full(noise_shape.value_or(input.sizes()), keep, input.options().dtype(at::kFloat).requires_grad(false));
  const at::Generator generator = utils::generator_for(seeds.next(), input.device());
  const at::Tensor kept = at::bernoulli(chances, generator).to(at::kBool).expand(input.sizes());
  return at::where(kept, input / keep, at::zeros_like(input));
}

}  // namespace keraslike::layers

#include "keraslike/layers/dropped.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/bernoulli.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include "keraslike/utils/draws.h"

namespace keraslike::layers {

namespace {

// As at::dropout on the CPU.
at::Tensor dropped_by_default_generator(const at::Tensor& input, double rate) {
  if (input.is_cpu()) return at::dropout(input, rate, /*train=*/true);
  const at::Tensor noise = at::empty_like(input, input.options().device(at::kCPU).requires_grad(false));
  noise.bernoulli_(1.0 - rate).div_(1.0 - rate);
  return input * noise.to(input.device());
}

}  // namespace

at::Tensor dropped(const at::Tensor& input, double rate, std::optional<at::IntArrayRef> noise_shape,
                   utils::SeedGenerator& seeds) {
  const double keep = 1.0 - rate;
  if (keep == 0.0) return at::zeros_like(input);
  if (!seeds.initial_seed() && !noise_shape) return dropped_by_default_generator(input, rate);
  const at::Tensor chances = at::full(noise_shape.value_or(input.sizes()), keep, at::kFloat);
  const at::Tensor drawn = at::bernoulli(chances, utils::generator_for(seeds.next()));
  const at::Tensor kept = drawn.to(input.device(), at::kBool).expand(input.sizes());
  return at::where(kept, input / keep, at::zeros_like(input));
}

}  // namespace keraslike::layers

#include "keraslike/layers/draws.h"

#include <limits>

#include <ATen/TensorOperators.h>
#include <ATen/ops/_sample_dirichlet.h>
#include <ATen/ops/_standard_gamma.h>
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/stack.h>

#include "keraslike/utils/draws.h"

namespace keraslike::layers {

at::Tensor Draws::uniform(const Shape& shape, double low, double high) {
  return utils::draw_uniform(shape, low, high, DType::Float32, seeds_->next()).to(device_);
}

at::Tensor Draws::normal(const Shape& shape) {
  return utils::draw_normal(shape, 0.0, 1.0, DType::Float32, seeds_->next()).to(device_);
}

at::Tensor Draws::integers(const Shape& shape, int64_t low, int64_t high) {
  return at::randint(low, high, shape, utils::generator_for(seeds_->next()), at::kLong).to(device_);
}

at::Tensor Draws::gamma(const Shape& shape, double alpha) {
  const at::Tensor drawn =
      at::_standard_gamma(at::full(shape, alpha, at::kFloat), utils::generator_for(seeds_->next()));
  return drawn.clamp_min(std::numeric_limits<float>::min()).to(device_);
}

at::Tensor Draws::beta(const Shape& shape, const at::Tensor& alpha) {
  const at::Tensor parameter = alpha.cpu().expand(shape);
  const at::Tensor drawn =
      at::_sample_dirichlet(at::stack({parameter, parameter}, -1), utils::generator_for(seeds_->next()));
  return drawn.select(-1, 0).to(device_);
}

at::Tensor Draws::order(int64_t count) {
  return at::rand({count}, utils::generator_for(seeds_->next()), at::kFloat).argsort().to(device_);
}

at::Tensor Draws::chosen(int64_t count, const std::array<double, 2>& range) {
  const at::Tensor probability = uniform({count}, range);
  return uniform({count}).lt(probability);
}

at::Tensor per_image(const at::Tensor& values) { return values.reshape({-1, 1, 1, 1}); }

}  // namespace keraslike::layers

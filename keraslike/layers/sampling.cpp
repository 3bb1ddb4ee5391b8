#include "keraslike/layers/sampling.h"

#include <vector>

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/linalg_solve.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/outer.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

// The pixels that a place on one axis lies between, and how much each counts.
struct SampledCell {
  at::Tensor index;
  at::Tensor weight;  // undefined for all
};

std::vector<SampledCell> nodes(const at::Tensor& places, const std::string& interpolation) {
  if (interpolation == "nearest") return {{places.round().to(at::kInt), {}}};
  const at::Tensor lower = places.floor();
  const at::Tensor upper_weight = places - lower;
  const at::Tensor index = lower.to(at::kInt);
  return {{index, 1.0 - upper_weight}, {index + 1, upper_weight}};
}

at::Tensor mirrored(const at::Tensor& index, int64_t size) {
  const int64_t last = size - 1;
  return last == 0 ? at::zeros_like(index) : ((index + last).remainder(2 * last) - last).abs();
}

// The pixel that stands for one beyond the edge.
at::Tensor inside(const at::Tensor& index, int64_t size, const std::string& fill_mode) {
  if (fill_mode == "wrap") return index.remainder(size);
  if (fill_mode == "mirror") return mirrored(index, size);
  if (fill_mode == "reflect") return (mirrored(2 * index + 1, 2 * size + 1) - 1).floor_divide(2);
  return index.clamp(0, size - 1);
}

at::Tensor is_inside(const at::Tensor& index, int64_t size) { return index.ge(0).logical_and(index.lt(size)); }

// (batch, 1, size of the places) as the places are.
at::Tensor contribution(const at::Tensor& images, const SampledCell& row, const SampledCell& column,
                        const Sampling& sampling) {
  const int64_t height = images.size(2);
  const int64_t width = images.size(3);
  const at::Tensor cells =
      inside(row.index, height, sampling.fill_mode) * width + inside(column.index, width, sampling.fill_mode);
  const at::Tensor flat = cells.to(at::kLong).flatten(1).unsqueeze(1).expand({-1, images.size(1), -1});
  std::vector<int64_t> sizes = row.index.sizes().vec();
  sizes.insert(sizes.begin() + 1, images.size(1));
  at::Tensor values = images.flatten(2).gather(2, flat).reshape(sizes);
  if (sampling.fill_mode == "constant") {
    const at::Tensor known = is_inside(row.index, height).logical_and(is_inside(column.index, width));
    values = values.masked_fill(known.unsqueeze(1).logical_not(), sampling.fill_value);
  }
  return row.weight.defined() ? (row.weight * column.weight).unsqueeze(1) * values : values;
}

at::Tensor row_numbers(const at::Tensor& images) {
  return at::arange(images.size(2), images.options()).reshape({1, -1, 1});
}

at::Tensor column_numbers(const at::Tensor& images) {
  return at::arange(images.size(3), images.options()).reshape({1, 1, -1});
}

at::Tensor spread(const at::Tensor& values) { return values.reshape({-1, 1, 1}); }

// The eight numbers of the projection that brings `end` to `start`: two equations for each point.
at::Tensor homography(const at::Tensor& start, const at::Tensor& end) {
  std::vector<at::Tensor> equations;
  std::vector<at::Tensor> targets;
  for (int64_t point = 0; point < 4; ++point) {
    const at::Tensor x = end.select(1, point).select(1, 0);
    const at::Tensor y = end.select(1, point).select(1, 1);
    const at::Tensor one = at::ones_like(x);
    const at::Tensor zero = at::zeros_like(x);
    for (int64_t axis = 0; axis < 2; ++axis) {
      const at::Tensor target = start.select(1, point).select(1, axis);
      const at::Tensor x_product = -target * x;
      const at::Tensor y_product = -target * y;
      equations.push_back(axis == 0 ? at::stack({x, y, one, zero, zero, zero, x_product, y_product}, -1)
                                    : at::stack({zero, zero, zero, x, y, one, x_product, y_product}, -1));
      targets.push_back(target);
    }
  }
  return at::linalg_solve(at::stack(equations, 1), at::stack(targets, -1).unsqueeze(-1)).squeeze(-1);
}

at::Tensor gaussian(int64_t size, const at::Tensor& sigma) {
  const at::Tensor places = at::arange(size, sigma.options()) - static_cast<double>(size - 1) / 2.0;
  const at::Tensor heights = (-0.5 * (places / sigma).square()).exp();
  return heights / heights.sum();
}

}  // namespace

void check_sampling(const Sampling& sampling, bool has_mirror) {
  const std::string& mode = sampling.fill_mode;
  if (mode != "reflect" && mode != "wrap" && mode != "constant" && mode != "nearest" &&
      !(has_mirror && mode == "mirror")) {
    throw ValueError("Unknown `fill_mode` {}. Expected of one ('reflect', 'wrap', 'constant', 'nearest'{}).", mode,
                     has_mirror ? ", 'mirror'" : "");
  }
  if (sampling.interpolation != "nearest" && sampling.interpolation != "bilinear") {
    throw ValueError("Unknown `interpolation` {}. Expected of one ('nearest', 'bilinear').", sampling.interpolation);
  }
}

at::Tensor sampled(const at::Tensor& images, const at::Tensor& rows, const at::Tensor& columns,
                   const Sampling& sampling) {
  at::Tensor result;
  for (const SampledCell& row : nodes(rows, sampling.interpolation)) {
    for (const SampledCell& column : nodes(columns, sampling.interpolation)) {
      const at::Tensor part = contribution(images, row, column, sampling);
      result = result.defined() ? result + part : part;
    }
  }
  return result;
}

at::Tensor affine_transformed(const at::Tensor& images, const Affine& transform, const Sampling& sampling) {
  const at::Tensor y = row_numbers(images);
  const at::Tensor x = column_numbers(images);
  const at::Tensor rows = y * spread(transform.b1) + x * spread(transform.b0) + spread(transform.b2);
  const at::Tensor columns = y * spread(transform.a1) + x * spread(transform.a0) + spread(transform.a2);
  return sampled(images, rows, columns, sampling);
}

at::Tensor perspective_transformed(const at::Tensor& images, const at::Tensor& start, const at::Tensor& end,
                                   const Sampling& sampling) {
  const at::Tensor numbers = homography(start, end);
  const auto number = [&](int64_t i) { return spread(numbers.select(1, i)); };
  const at::Tensor y = row_numbers(images);
  const at::Tensor x = column_numbers(images);
  const at::Tensor divisor = number(6) * x + number(7) * y + 1.0;
  const at::Tensor columns = (number(0) * x + number(1) * y + number(2)) / divisor;
  const at::Tensor rows = (number(3) * x + number(4) * y + number(5)) / divisor;
  return sampled(images, rows, columns, sampling);
}

at::Tensor gaussian_blurred(const at::Tensor& images, const std::array<int64_t, 2>& size, const at::Tensor& sigma) {
  const at::Tensor kernel = at::outer(gaussian(size[1], sigma[1]), gaussian(size[0], sigma[0]));
  const int64_t channels = images.size(1);
  return at::conv2d(images, kernel.view({1, 1, size[0], size[1]}).expand({channels, 1, -1, -1}), {}, 1,
                    {size[0] / 2, size[1] / 2}, 1, channels);
}

}  // namespace keraslike::layers

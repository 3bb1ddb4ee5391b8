#include "keraslike/layers/resize.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/upsample_bilinear2d.h>

#include "keraslike/utils/errors.h"

namespace keraslike::layers {

namespace {

// How much a pixel counts by its distance from the place that is asked for, and how far that reaches.
struct Interpolation {
  double reach;
  double (*weight)(double distance);
};

double linear(double distance) { return std::max(0.0, 1.0 - distance); }

// Keys' cubic with a = -0.5. LibTorch's bicubic has a = -0.75.
double cubic(double distance) {
  if (distance >= 2.0) return 0.0;
  if (distance >= 1.0) return ((-0.5 * distance + 2.5) * distance - 4.0) * distance + 2.0;
  return (1.5 * distance - 2.5) * distance * distance + 1.0;
}

double sinc(double x) { return x == 0.0 ? 1.0 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x); }

template <int radius>
double lanczos(double distance) {
  return distance >= radius ? 0.0 : sinc(distance) * sinc(distance / radius);
}

Interpolation interpolation_of(const std::string& name) {
  if (name == "bilinear") return {1.0, linear};
  if (name == "bicubic") return {2.0, cubic};
  return name == "lanczos3" ? Interpolation{3.0, lanczos<3>} : Interpolation{5.0, lanczos<5>};
}

// A matrix (to, from): how much each pixel of an axis counts for each new one.
at::Tensor weights_for(int64_t from, int64_t to, const ResizeOptions& options, const at::Tensor& like) {
  const Interpolation interpolation = interpolation_of(options.interpolation);
  const double step = static_cast<double>(from) / static_cast<double>(to);
  const double width = options.antialias ? std::max(1.0, step) : 1.0;
  std::vector<float> weights(static_cast<size_t>(to * from), 0.0F);
  std::vector<double> row(static_cast<size_t>(from));
  for (int64_t i = 0; i < to; ++i) {
    const double place = (static_cast<double>(i) + 0.5) * step - 0.5;
    const auto first = std::max<int64_t>(0, static_cast<int64_t>(std::ceil(place - interpolation.reach * width)));
    const auto last =
        std::min<int64_t>(from - 1, static_cast<int64_t>(std::floor(place + interpolation.reach * width)));
    double total = 0.0;
    for (int64_t j = first; j <= last; ++j) {
      total += row[static_cast<size_t>(j)] =
          interpolation.weight(std::abs(place - static_cast<double>(j)) / width);
    }
    for (int64_t j = first; j <= last; ++j) {
      weights[static_cast<size_t>(i * from + j)] = static_cast<float>(row[static_cast<size_t>(j)] / total);
    }
  }
  return at::tensor(at::ArrayRef<float>(weights)).reshape({to, from}).to(like.options());
}

// The pixel in which the middle of each new one falls.
at::Tensor nearest_pixels(int64_t from, int64_t to, const at::Tensor& like) {
  std::vector<int64_t> pixels;
  for (int64_t i = 0; i < to; ++i) pixels.push_back((2 * i + 1) * from / (2 * to));
  return at::tensor(at::ArrayRef<int64_t>(pixels)).to(like.device());
}

// a * b / c, cut off, as Keras computes it.
int64_t scaled(int64_t a, int64_t b, int64_t c) {
  return static_cast<int64_t>(static_cast<double>(a * b) / static_cast<double>(c));
}

}  // namespace

void check_interpolation(const std::string& interpolation) {
  for (const char* known : {"nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"}) {
    if (interpolation == known) return;
  }
  throw ValueError("Invalid value for argument `interpolation`. Expected of one 'nearest', 'bilinear', 'bicubic', "
                   "'lanczos3', 'lanczos5'. Received: interpolation={}", interpolation);
}

at::Tensor resized(const at::Tensor& images, int64_t rows, int64_t columns, const ResizeOptions& options) {
  if (options.interpolation == "nearest") {
    return images.index_select(2, nearest_pixels(images.size(2), rows, images))
        .index_select(3, nearest_pixels(images.size(3), columns, images));
  }
  if (options.interpolation == "bilinear" && !options.antialias) {
    return at::upsample_bilinear2d(images, {rows, columns}, /*align_corners=*/false);
  }
  return at::matmul(at::matmul(weights_for(images.size(2), rows, options, images), images),
                    weights_for(images.size(3), columns, options, images).t());
}

std::pair<int64_t, int64_t> sizes_with_ratio(int64_t rows, int64_t columns, int64_t height, int64_t width) {
  return {std::max<int64_t>(1, std::min(rows, scaled(columns, height, width))),
          std::max<int64_t>(1, std::min(columns, scaled(rows, width, height)))};
}

at::Tensor cropped_to_ratio(const at::Tensor& images, int64_t rows, int64_t columns) {
  const auto [height, width] = sizes_with_ratio(images.size(2), images.size(3), rows, columns);
  return images.narrow(2, (images.size(2) - height) / 2, height).narrow(3, (images.size(3) - width) / 2, width);
}

at::Tensor padded_to_ratio(const at::Tensor& images, int64_t rows, int64_t columns, double fill_value) {
  const int64_t height = std::max(images.size(2), scaled(images.size(3), rows, columns));
  const int64_t width = std::max(images.size(3), scaled(images.size(2), columns, rows));
  const int64_t above = (height - images.size(2)) / 2;
  const int64_t left = (width - images.size(3)) / 2;
  return above + left == 0 ? images : at::constant_pad_nd(images, {left, left, above, above}, fill_value);
}

}  // namespace keraslike::layers

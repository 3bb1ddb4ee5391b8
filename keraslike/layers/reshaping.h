#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keraslike/layers/layer.h"

namespace keraslike::layers {

// (batch, a, b, ...) -> (batch, a * b * ...), last axis fastest. With "channels_first" the channels move to the end
// first, so that both formats give the same order.
struct FlattenOptions {
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

class Flatten : public Layer {
 public:
  explicit Flatten(FlattenOptions options = {});
};

// (batch, ...) -> (batch, target_shape...); one size may be -1: whatever is left.
struct ReshapeOptions {
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

class Reshape : public Layer {
 public:
  explicit Reshape(Shape target_shape, ReshapeOptions options = {});
};

// (batch, a, b, ...) with its axes in another order; `dims` counts them from 1, the batch not included: {2, 1} swaps
// the first two.
struct PermuteOptions {
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

class Permute : public Layer {
 public:
  explicit Permute(std::vector<int64_t> dims, PermuteOptions options = {});
};

// (batch, features) -> (batch, n, features)
struct RepeatVectorOptions {
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

class RepeatVector : public Layer {
 public:
  explicit RepeatVector(int64_t n, RepeatVectorOptions options = {});
};

// How many cells before and after an axis: `1` on both sides, or `{1, 2}`.
struct Margin {
  Margin(int64_t both = 0) : before(both), after(both) {}  // NOLINT: implicit by design
  Margin(int64_t before, int64_t after) : before(before), after(after) {}

  int64_t before;
  int64_t after;
};

// A margin per axis, as Keras takes them: `1` for all alike; over one axis `{before, after}`; over more `{rows,
// columns}` or `{{top, bottom}, {left, right}}`.
template <std::size_t N>
struct Margins : std::array<Margin, N> {
  Margins(int64_t all) { this->fill(all); }  // NOLINT: implicit by design
  Margins(int64_t before, int64_t after) requires(N == 1) : std::array<Margin, N>{Margin(before, after)} {}
  Margins(Margin rows, Margin columns) requires(N == 2) : std::array<Margin, N>{rows, columns} {}
  Margins(Margin depth, Margin rows, Margin columns) requires(N == 3) : std::array<Margin, N>{depth, rows, columns} {}
};

struct ZeroPaddingOptions {
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Zeros around inputs like those of the convolutions.
template <std::size_t N>
class ZeroPadding : public Layer {
 public:
  explicit ZeroPadding(Margins<N> padding = 1, ZeroPaddingOptions options = {});
};

using ZeroPadding1D = ZeroPadding<1>;
using ZeroPadding2D = ZeroPadding<2>;
using ZeroPadding3D = ZeroPadding<3>;

template <std::size_t N>
struct CroppingOptions {
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Over one axis Keras has no `data_format`: (batch, steps, channels).
template <>
struct CroppingOptions<1> {
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Inputs like those of the convolutions without their margins.
template <std::size_t N>
class Cropping : public Layer {
 public:
  explicit Cropping(Margins<N> cropping = N == 2 ? 0 : 1, CroppingOptions<N> options = {});
};

using Cropping1DOptions = CroppingOptions<1>;
using Cropping2DOptions = CroppingOptions<2>;
using Cropping3DOptions = CroppingOptions<3>;
using Cropping1D = Cropping<1>;
using Cropping2D = Cropping<2>;
using Cropping3D = Cropping<3>;

struct UpSampling1DOptions {
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Repeats each step `size` times: (batch, steps, channels) -> (batch, steps * size, channels).
class UpSampling1D : public Layer {
 public:
  explicit UpSampling1D(int64_t size = 2, UpSampling1DOptions options = {});
};

// `interpolation` is "nearest", "bilinear", "bicubic", "lanczos3" or "lanczos5".
struct UpSampling2DOptions {
  std::optional<std::string> data_format = {};
  std::string interpolation = "nearest";
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Images `size` times as high and wide: (batch, rows, columns, channels) -> (batch, rows * size, columns * size,
// channels).
class UpSampling2D : public Layer {
 public:
  explicit UpSampling2D(Extent<2> size = 2, UpSampling2DOptions options = {});
};

struct UpSampling3DOptions {
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Repeats each cell `size` times along each axis.
class UpSampling3D : public Layer {
 public:
  explicit UpSampling3D(Extent<3> size = 2, UpSampling3DOptions options = {});
};

}  // namespace keraslike::layers

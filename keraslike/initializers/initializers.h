#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keraslike/initializers/initializer.h"

// An initializer without a seed draws one when it is constructed, and from then on makes the same values at each call:
// two layers that share the object start alike, two that share the name do not.
namespace keraslike::initializers {

class Zeros : public Initializer {
 public:
  Zeros();
};

class Ones : public Initializer {
 public:
  Ones();
};

class Constant : public Initializer {
 public:
  explicit Constant(double value = 0.0);
};

// `gain` on the diagonal of a matrix.
class Identity : public Initializer {
 public:
  explicit Identity(double gain = 1.0);
};

struct RandomNormalOptions {
  double mean = 0.0;
  double stddev = 0.05;
  std::optional<int64_t> seed = {};
};

class RandomNormal : public Initializer {
 public:
  explicit RandomNormal(RandomNormalOptions options = {});
};

// Normal, without the values further than two standard deviations from the mean.
struct TruncatedNormalOptions {
  double mean = 0.0;
  double stddev = 0.05;
  std::optional<int64_t> seed = {};
};

class TruncatedNormal : public Initializer {
 public:
  explicit TruncatedNormal(TruncatedNormalOptions options = {});
};

struct RandomUniformOptions {
  double minval = -0.05;
  double maxval = 0.05;
  std::optional<int64_t> seed = {};
};

class RandomUniform : public Initializer {
 public:
  explicit RandomUniform(RandomUniformOptions options = {});
};

// A variance of `scale` / n, where n is "fan_in", "fan_out" or their mean, "fan_avg". The distribution is
// "truncated_normal", "untruncated_normal" or "uniform". The fans of a kernel (..., inputs, outputs) are inputs and
// outputs times the other sizes, unless axes are given: then they are the products over these.
struct VarianceScalingOptions {
  double scale = 1.0;
  std::string mode = "fan_in";
  std::string distribution = "truncated_normal";
  std::optional<int64_t> seed = {};
  std::optional<std::vector<int64_t>> input_axes = {};
  std::optional<std::vector<int64_t>> output_axes = {};
};

class VarianceScaling : public Initializer {
 public:
  explicit VarianceScaling(VarianceScalingOptions options = {});

 protected:
  using Initializer::Initializer;
};

// What the named cases of VarianceScaling leave open.
struct ScalingOptions {
  std::optional<int64_t> seed = {};
  std::optional<std::vector<int64_t>> input_axes = {};
  std::optional<std::vector<int64_t>> output_axes = {};
};

// scale 1, fan_avg
class GlorotUniform : public VarianceScaling {
 public:
  explicit GlorotUniform(ScalingOptions options = {});
};

class GlorotNormal : public VarianceScaling {
 public:
  explicit GlorotNormal(ScalingOptions options = {});
};

// scale 2, fan_in
class HeUniform : public VarianceScaling {
 public:
  explicit HeUniform(ScalingOptions options = {});
};

class HeNormal : public VarianceScaling {
 public:
  explicit HeNormal(ScalingOptions options = {});
};

// scale 1, fan_in
class LecunUniform : public VarianceScaling {
 public:
  explicit LecunUniform(ScalingOptions options = {});
};

class LecunNormal : public VarianceScaling {
 public:
  explicit LecunNormal(ScalingOptions options = {});
};

struct OrthogonalOptions {
  double gain = 1.0;
  std::optional<int64_t> seed = {};
};

// Orthonormal rows or columns, whichever are fewer, of the kernel seen as a matrix (all other axes, last axis).
class Orthogonal : public Initializer {
 public:
  explicit Orthogonal(OrthogonalOptions options = {});
};

// `side` is "real" or "imag". `window` is a name of SciPy's ("hann", "hamming", "blackman", "boxcar", ...) or `none`;
// `periodic` makes it one for spectra. `scaling` divides by the window's L2 norm ("density"), its L1 norm ("spectrum")
// or by nothing (`none`).
struct STFTOptions {
  std::string side = "real";
  std::optional<std::string> window = "hann";
  std::optional<std::string> scaling = "density";
  bool periodic = false;
};

// Kernels of a convolution that computes a short-time Fourier transform: cos or sin of -2 pi t f / F, weighted by a
// window, for a shape (window's length, 1, F / 2 + 1).
class STFT : public Initializer {
 public:
  explicit STFT(STFTOptions options = {});
};

// The same initializer with the axes that a layer knows (EinsumDense does), and the same seed; anything but a
// VarianceScaling without axes of its own comes back as it is.
Initializer with_axes(const Initializer& initializer, const std::vector<int64_t>& input_axes,
                      const std::vector<int64_t>& output_axes);

}  // namespace keraslike::initializers

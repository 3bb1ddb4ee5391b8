#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "keraslike/layers/layer.h"

namespace keraslike::layers {

// `sequence_length` is that of the window, `fft_length` where none is given, and not above it; `window` is "hann",
// "hamming" or `none`. `max_freq` is half of the sampling rate where none is given.
struct MelSpectrogramOptions {
  int64_t fft_length = 2048;
  int64_t sequence_stride = 512;
  std::optional<int64_t> sequence_length = {};
  std::optional<std::string> window = "hann";
  int64_t sampling_rate = 16000;
  int64_t num_mel_bins = 128;
  double min_freq = 20.0;
  std::optional<double> max_freq = {};
  bool power_to_db = true;
  double top_db = 80.0;
  double mag_exp = 2.0;
  double min_power = 1e-10;
  double ref_power = 1.0;
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Sound (batch, samples), or (samples), -> (batch, num_mel_bins, frames): the magnitudes of its short-time Fourier
// transform to the power of `mag_exp`, in bands of the mel scale, 1127 ln(1 + f / 700), which overlap as triangles. In
// decibels above `ref_power` with `power_to_db`, at most `top_db` below the greatest of the batch.
class MelSpectrogram : public Layer {
 public:
  explicit MelSpectrogram(MelSpectrogramOptions options = {});
};

// `frame_step` is half of the frame and `fft_length` the next power of two where none are given. `window` is one of
// SciPy's names or `none`; `scaling` is "density", "spectrum" or `none`; `padding` is "valid" or "same".
struct STFTSpectrogramOptions {
  std::string mode = "log";
  int64_t frame_length = 256;
  std::optional<int64_t> frame_step = {};
  std::optional<int64_t> fft_length = {};
  std::optional<std::string> window = "hann";
  bool periodic = false;
  std::optional<std::string> scaling = "density";
  std::string padding = "valid";
  bool expand_dims = false;
  std::optional<std::string> data_format = {};
  std::optional<Shape> input_shape = {};
  bool trainable = true;
  std::optional<DTypePolicy> dtype = {};
  std::string name = {};
};

// Sound (batch, samples, channels) -> (batch, frames, channels * frequencies), or with `expand_dims` (batch, frames,
// frequencies, channels), by a convolution whose kernels train. `mode` is "log" or "magnitude", "psd" (the power),
// "real", "imag", "angle", or "stft" (real and imaginary parts behind one another). Weights: real_kernel and
// imag_kernel, those that the mode needs, (frame_length, 1, fft_length / 2 + 1).
class STFTSpectrogram : public Layer {
 public:
  explicit STFTSpectrogram(STFTSpectrogramOptions options = {});
};

}  // namespace keraslike::layers

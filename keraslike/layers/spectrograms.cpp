#include "keraslike/layers/spectrograms.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include <ATen/TensorOperators.h>
#include <ATen/ops/atan2.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv1d.h>
#include <ATen/ops/hamming_window.h>
#include <ATen/ops/hann_window.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/log.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stft.h>
#include <ATen/ops/tensor.h>

#include "keraslike/initializers/initializers.h"
#include "keraslike/initializers/windows.h"
#include "keraslike/layers/data_format.h"
#include "keraslike/layers/families.h"
#include "keraslike/layers/planned_steps.h"
#include "keraslike/saving/fields.h"
#include "keraslike/utils/epsilon.h"
#include "keraslike/utils/errors.h"
#include "keraslike/utils/warnings.h"

namespace keraslike::layers {

namespace {

at::Tensor mel(const at::Tensor& hertz) { return 1127.0 * at::log(1.0 + hertz / 700.0); }

// How much each of `bins` frequencies, from 0 to half of the sampling rate, counts for each band.
at::Tensor mel_weights(int64_t bins, const MelSpectrogramOptions& options) {
  const at::Tensor places = mel(at::linspace(0.0, static_cast<double>(options.sampling_rate) / 2.0, bins)).unsqueeze(1);
  const at::Tensor ends = mel(at::tensor({options.min_freq, *options.max_freq}, at::kFloat));
  const at::Tensor edges = at::linspace(ends[0].item(), ends[1].item(), options.num_mel_bins + 2);
  const auto edge = [&](int64_t first) { return edges.narrow(0, first, options.num_mel_bins); };
  const at::Tensor rising = (places - edge(0)) / (edge(1) - edge(0));
  const at::Tensor falling = (edge(2) - places) / (edge(2) - edge(1));
  at::Tensor weights = at::minimum(rising, falling).clamp_min(0.0);
  weights[0].zero_();  // the constant part does not count
  return weights;
}

class MelSpectrogramImpl final : public LayerImpl {
 public:
  MelSpectrogramImpl() = default;
  explicit MelSpectrogramImpl(const MelSpectrogramOptions& options)
      : LayerImpl(layer_arguments(options)), options_(options) {
    settle();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("fft_length", options_.fft_length);
    field("sequence_stride", options_.sequence_stride);
    field("sequence_length", options_.sequence_length);
    field("window", options_.window);
    field("sampling_rate", options_.sampling_rate);
    field("num_mel_bins", options_.num_mel_bins);
    field("min_freq", options_.min_freq);
    field("max_freq", options_.max_freq);
    field("power_to_db", options_.power_to_db);
    field("top_db", options_.top_db);
    field("mag_exp", options_.mag_exp);
    field("min_power", options_.min_power);
    field("ref_power", options_.ref_power);
    if (field.is_reading()) settle();
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors&) override {
    return planned_by_autograd(*this, planner);
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    const at::Tensor sound = input.to(at::kFloat);
    const at::Tensor power = at::stft(sound, options_.fft_length, options_.sequence_stride, *options_.sequence_length,
                                      window().to(sound.device()), /*center=*/true, "reflect", /*normalized=*/false,
                                      /*onesided=*/true, /*return_complex=*/true)
                                 .abs()
                                 .pow(options_.mag_exp)
                                 .transpose(-1, -2);
    const at::Tensor bands = at::matmul(power, mel_weights(power.size(-1), options_).to(power.device()));
    return (options_.power_to_db ? decibels(bands) : bands).transpose(-1, -2);
  }

  Shape output_shape(const Shape& input) const override {
    const int64_t samples = input.back();
    Shape output(input.begin(), input.end() - 1);
    output.push_back(options_.num_mel_bins);
    output.push_back(samples < 0 ? samples
                                 : (samples + options_.sequence_stride + 1) / options_.sequence_stride);
    return output;
  }

  void check_input(const Shape& input) const override {
    if (input.rank() == 1 || input.rank() == 2) return;
    throw ValueError("MelSpectrogram expects sound of shape (samples) or (batch, samples). Layer '{}' received an "
                     "input of shape {}", name(), input);
  }

 private:
  void settle() {
    if (!options_.sequence_length || *options_.sequence_length == 0) options_.sequence_length = options_.fft_length;
    if (!options_.max_freq || *options_.max_freq == 0.0) {
      options_.max_freq = static_cast<double>(options_.sampling_rate / 2);
    }
    if (options_.fft_length < *options_.sequence_length) {
      throw ValueError("`fft_length` must be greater than or equal to `sequence_length`. Received: "
                       "`sequence_length`={}, `fft_length`={}.", *options_.sequence_length, options_.fft_length);
    }
    if (options_.window && *options_.window != "hann" && *options_.window != "hamming") {
      throw ValueError("If a string is passed to `window`, it must be one of `\"hann\"`, `\"hamming\"`. Received: "
                       "window={}", *options_.window);
    }
    if (options_.sequence_stride < 1 || options_.num_mel_bins < 1 || options_.sampling_rate < 1) {
      throw ValueError("MelSpectrogram expects `sequence_stride`, `sampling_rate` and `num_mel_bins` to be positive. "
                       "Received: sequence_stride={}, sampling_rate={}, num_mel_bins={}", options_.sequence_stride,
                       options_.sampling_rate, options_.num_mel_bins);
    }
  }

  at::Tensor window() const {
    const int64_t length = *options_.sequence_length;
    if (!options_.window) return at::ones({length});
    return *options_.window == "hann" ? at::hann_window(length, /*periodic=*/true)
                                      : at::hamming_window(length, /*periodic=*/true);
  }

  at::Tensor decibels(const at::Tensor& power) const {
    const at::Tensor reference = at::tensor(std::abs(options_.ref_power), at::kFloat).clamp_min(options_.min_power);
    const at::Tensor levels =
        10.0 * power.clamp_min(options_.min_power).log10() - (10.0 * reference.log10()).to(power.device());
    return at::maximum(levels, levels.max() - options_.top_db);
  }

  MelSpectrogramOptions options_;
};

class STFTSpectrogramImpl final : public LayerImpl {
 public:
  STFTSpectrogramImpl() = default;
  explicit STFTSpectrogramImpl(const STFTSpectrogramOptions& options)
      : LayerImpl(layer_arguments(options)),
        options_(options),
        data_format_(checked_data_format(options.data_format)) {
    settle();
  }

  void fields(Fields& field) override {
    LayerImpl::fields(field);
    field("mode", options_.mode);
    field("frame_length", options_.frame_length);
    field("frame_step", options_.frame_step);
    field("fft_length", options_.fft_length);
    field("window", options_.window);
    field("periodic", options_.periodic);
    field("scaling", options_.scaling);
    field("padding", options_.padding);
    field("data_format", data_format_);
    field("expand_dims", options_.expand_dims);
    if (field.is_reading()) settle();
  }

  void build(const Shape&) override {
    if (options_.mode != "imag") real_ = add_kernel("real");
    if (options_.mode != "real") imaginary_ = add_kernel("imag");
  }

  std::optional<PlannedLayer> plan(const StepPlanner& planner, const PlanTensors&) override {
    return planned_by_autograd(*this, planner);
  }

  at::Tensor call(const at::Tensor& input, const CallOptions&) override {
    const std::string& mode = options_.mode;
    const at::Tensor sound = to_channels_first(input, data_format_);
    const at::Tensor real = mode == "imag" ? at::Tensor() : convolved(sound, real_);
    const at::Tensor imaginary = mode == "real" ? at::Tensor() : convolved(sound, imaginary_);
    if (mode == "real" || mode == "imag") return arranged(mode == "real" ? real : imaginary);
    if (mode == "angle") return arranged(at::atan2(imaginary, real));
    if (mode == "stft") return arranged(at::cat({real, imaginary}, 2));
    const at::Tensor power = real.square() + imaginary.square();
    // All but the first and the last frequency stand for two.
    if (mode == "psd") {
      return arranged(power + at::constant_pad_nd(power.slice(2, 1, -1), {0, 0, 1, 1}));
    }
    const at::Tensor magnitude = arranged(power.clamp_min(kEpsilon).sqrt());
    return mode == "magnitude" ? magnitude : magnitude.clamp_min(kEpsilon).log();
  }

  Shape output_shape(const Shape& input) const override {
    const int64_t frames = output_lengths(input, {window_}, options_.padding, data_format_).front();
    const int64_t channels = input.dim(channel_axis(input, data_format_));
    const int64_t frequencies = (fft_length() / 2 + 1) * (options_.mode == "stft" ? 2 : 1);
    const bool is_first = is_channels_first(data_format_);
    if (options_.expand_dims) {
      return is_first ? Shape{input[0], channels, frames, frequencies} : Shape{input[0], frames, frequencies, channels};
    }
    const int64_t values = channels < 0 ? channels : channels * frequencies;
    return is_first ? Shape{input[0], values, frames} : Shape{input[0], frames, values};
  }

  void check_input(const Shape& input) const override {
    expect_rank(input, 3);
    check_lengths(output_lengths(input, {window_}, options_.padding, data_format_), {window_}, name(), input);
  }

 private:
  void settle() {
    const int64_t length = options_.frame_length;
    static const std::set<std::string> modes{"log", "magnitude", "psd", "real", "imag", "angle", "stft"};
    if (options_.frame_step && (*options_.frame_step > length || *options_.frame_step < 1)) {
      throw ValueError("`frame_step` should be a positive integer not greater than `frame_length`. Received "
                       "frame_step={}, frame_length={}", *options_.frame_step, length);
    }
    if (options_.fft_length && *options_.fft_length < length) {
      throw ValueError("`fft_length` should be not less than `frame_length`. Received fft_length={}, frame_length={}",
                       *options_.fft_length, length);
    }
    if (!modes.contains(options_.mode)) {
      throw ValueError("Output mode is invalid, it must be one of log, magnitude, psd, real, imag, angle, stft. "
                       "Received: mode={}", options_.mode);
    }
    if (options_.scaling && *options_.scaling != "density" && *options_.scaling != "spectrum") {
      throw ValueError("Scaling is invalid, it must be `None`, 'density' or 'spectrum'. Received scaling={}",
                       *options_.scaling);
    }
    if (options_.padding != "valid" && options_.padding != "same") {
      throw ValueError("Padding is invalid, it should be 'valid', 'same'. Received: padding={}", options_.padding);
    }
    if (options_.window) initializers::check_window(*options_.window);
    window_ = {length, options_.frame_step.value_or(std::max<int64_t>(1, length / 2))};
  }

  int64_t fft_length() const {
    return options_.fft_length.value_or(
        static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(options_.frame_length))));
  }

  at::Tensor add_kernel(const std::string& side) {
    const initializers::STFT initializer({.side = side,
                                          .window = options_.window,
                                          .scaling = options_.scaling,
                                          .periodic = options_.periodic});
    return add_weight(side + "_kernel", {options_.frame_length, 1, fft_length() / 2 + 1}, initializer,
                      {.stored = {2, 1, 0}});
  }

  // Of (batch, channels, samples): (batch, channels, frequencies, frames).
  at::Tensor convolved(const at::Tensor& sound, const at::Tensor& kernel) const {
    const at::Tensor single = sound.reshape({-1, 1, sound.size(2)});
    const at::Tensor output = at::conv1d(padded(single, {window_}, options_.padding, 0.0), kernel, {}, window_.stride);
    return output.reshape({-1, sound.size(1), output.size(1), output.size(2)});
  }

  at::Tensor arranged(const at::Tensor& output) const {
    const bool is_first = is_channels_first(data_format_);
    if (options_.expand_dims) return is_first ? output.transpose(2, 3) : output.permute({0, 3, 2, 1});
    const at::Tensor flat = output.flatten(1, 2);
    return is_first ? flat : flat.transpose(1, 2);
  }

  STFTSpectrogramOptions options_;
  std::string data_format_ = kChannelsLast;
  Window window_{256, 128};
  at::Tensor real_;
  at::Tensor imaginary_;
};

}  // namespace

MelSpectrogram::MelSpectrogram(MelSpectrogramOptions options)
    : Layer(std::make_shared<MelSpectrogramImpl>(options)) {}
STFTSpectrogram::STFTSpectrogram(STFTSpectrogramOptions options)
    : Layer(std::make_shared<STFTSpectrogramImpl>(options)) {}

void register_spectrograms(Registry<LayerImpl>& layers) {
  layers.add<MelSpectrogramImpl>("MelSpectrogram");
  layers.add<STFTSpectrogramImpl>("STFTSpectrogram");
}

}  // namespace keraslike::layers

#pragma once

// What windows that slide over images see of them. For sources.

#include <array>
#include <string>
#include <vector>

#include "keraslike/layers/images.h"

namespace keraslike::layers {

// A convolution of images (batch, input, channels) into (batch, output, filters).
struct ConvolutionForm {
  struct Axis {
    int64_t input = 1;
    int64_t output = 1;
    int64_t size = 1;  // of the kernel
    int64_t stride = 1;
    int64_t dilation = 1;
    int64_t before = 0;  // padding
  };

  int64_t batch = 1;
  int64_t channels = 1;
  int64_t filters = 1;
  int64_t groups = 1;
  std::array<Axis, 3> axes = {};

  int64_t kernel_cells() const { return axes[0].size * axes[1].size * axes[2].size; }
  int64_t inputs() const { return axes[0].input * axes[1].input * axes[2].input; }    // cells of an image
  int64_t outputs() const { return axes[0].output * axes[1].output * axes[2].output; }
  int64_t channels_of_group() const { return channels / groups; }
  int64_t filters_of_group() const { return filters / groups; }
  int64_t work() const { return batch * outputs() * kernel_cells() * channels_of_group() * filters; }
};

// The form of a convolution of `input` into `output`, both with their channels last.
ConvolutionForm convolution_form(const Shape& input, const Shape& output, const std::vector<Window>& windows,
                                 const std::string& padding, int64_t groups);

// What places of a target see of a source, as offsets in numbers. The gradient of a convolution with strides has places
// that see different cells of the kernel, and takes several of these.
struct Sight {
  std::vector<int64_t> from, to;  // places in an image of the source and of the target
  std::vector<int64_t> cells;     // of the kernel
  std::vector<int64_t> offsets;   // of these in the source, from a place
};

// All that a direction of a convolution knows of its source and target; `source` has the margin that places look into.
struct Sights {
  std::vector<Sight> all;
  PaddedImages source;
};
Sights sights_of_outputs(const ConvolutionForm& form);  // of the input
Sights sights_of_inputs(const ConvolutionForm& form);   // of the output's gradient

}  // namespace keraslike::layers

#include "keraslike/layers/sights.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace keraslike::layers {

namespace {

// What `Sight` says, along one axis and in cells of it.
using SightAlong = Sight;
using SightsAlong = std::vector<SightAlong>;

SightsAlong outputs_along(const ConvolutionForm::Axis& axis) {
  SightAlong sight;
  for (int64_t i = 0; i < axis.output; ++i) {
    sight.from.push_back(i * axis.stride - axis.before);
    sight.to.push_back(i);
  }
  for (int64_t i = 0; i < axis.size; ++i) {
    sight.cells.push_back(i);
    sight.offsets.push_back(i * axis.dilation);
  }
  return {sight};
}

// The input's cell i took part in output o by the kernel's cell k where i + before = o * stride + k * dilation.
SightsAlong inputs_along(const ConvolutionForm::Axis& axis) {
  SightsAlong sights(static_cast<size_t>(axis.stride));
  for (int64_t i = 0; i < axis.input; ++i) {
    SightAlong& sight = sights[static_cast<size_t>((i + axis.before) % axis.stride)];
    sight.from.push_back((i + axis.before) / axis.stride);
    sight.to.push_back(i);
  }
  for (int64_t k = axis.size; k-- > 0;) {
    SightAlong& sight = sights[static_cast<size_t>(k * axis.dilation % axis.stride)];
    sight.cells.push_back(k);
    sight.offsets.push_back(-(k * axis.dilation / axis.stride));
  }
  return sights;
}

// How far places look over the beginning and the end of an axis of `length`.
std::pair<int64_t, int64_t> margin_of(const SightsAlong& sights, int64_t length) {
  int64_t before = 0;
  int64_t after = 0;
  for (const auto& sight : sights) {
    if (sight.from.empty() || sight.offsets.empty()) continue;
    before = std::max(before, -(sight.from.front() + sight.offsets.front()));
    after = std::max(after, sight.from.back() + sight.offsets.back() - (length - 1));
  }
  return {before, after};
}

std::vector<int64_t> across(const std::vector<int64_t>& d, const std::vector<int64_t>& h, const std::vector<int64_t>& w,
                            const Sizes3& sizes, int64_t width) {
  std::vector<int64_t> result;
  for (const int64_t i : d) {
    for (const int64_t j : h) {
      for (const int64_t k : w) result.push_back(cell_at(sizes, i, j, k) * width);
    }
  }
  return result;
}

// From axes to images whose cells have so many numbers.
Sights across_axes(const ConvolutionForm& form, const std::array<SightsAlong, 3>& along, const Sizes3& source_sizes,
                   int64_t source_width, const Sizes3& target_sizes, int64_t target_width) {
  Sizes3 before{};
  Sizes3 after{};
  for (size_t i = 0; i < 3; ++i) std::tie(before[i], after[i]) = margin_of(along[i], source_sizes[i]);
  Sights result{{}, PaddedImages(form.batch, source_sizes, before, after, source_width)};
  const Sizes3& padded = result.source.sizes();
  const int64_t begin = cell_at(padded, before[0], before[1], before[2]) * source_width;
  const Sizes3 kernel{form.axes[0].size, form.axes[1].size, form.axes[2].size};
  for (const auto& d : along[0]) {
    for (const auto& h : along[1]) {
      for (const auto& w : along[2]) {
        Sight sight{across(d.from, h.from, w.from, padded, source_width),
                    across(d.to, h.to, w.to, target_sizes, target_width),
                    across(d.cells, h.cells, w.cells, kernel, 1),
                    across(d.offsets, h.offsets, w.offsets, padded, source_width)};
        for (int64_t& place : sight.from) place += begin;
        if (!sight.to.empty()) result.all.push_back(std::move(sight));
      }
    }
  }
  return result;
}

template <class Along>
std::array<SightsAlong, 3> along_axes(const ConvolutionForm& form, Along&& along) {
  return {along(form.axes[0]), along(form.axes[1]), along(form.axes[2])};
}

}  // namespace

ConvolutionForm convolution_form(const Shape& input, const Shape& output, const std::vector<Window>& windows,
                                 const std::string& padding, int64_t groups) {
  ConvolutionForm form{.batch = input[0], .channels = input.dim(-1), .filters = output.dim(-1), .groups = groups};
  const Sizes3 inputs = image_sizes(input);
  const Sizes3 outputs = image_sizes(output);
  for (size_t i = 0; i < 3; ++i) form.axes[i] = {.input = inputs[i], .output = outputs[i]};
  for (size_t i = 0; i < windows.size(); ++i) {
    const Window& window = windows[i];
    auto& axis = form.axes[3 - windows.size() + i];
    axis.size = window.size;
    axis.stride = window.stride;
    axis.dilation = window.dilation;
    axis.before = window.padding_for(axis.input, padding).first;
  }
  return form;
}

Sights sights_of_outputs(const ConvolutionForm& form) {
  const auto& [d, h, w] = form.axes;
  return across_axes(form, along_axes(form, outputs_along), {d.input, h.input, w.input}, form.channels,
                     {d.output, h.output, w.output}, form.filters);
}

Sights sights_of_inputs(const ConvolutionForm& form) {
  const auto& [d, h, w] = form.axes;
  return across_axes(form, along_axes(form, inputs_along), {d.output, h.output, w.output}, form.filters,
                     {d.input, h.input, w.input}, form.channels);
}

}  // namespace keraslike::layers

#include "keraslike/layers/window_products.h"

#include <algorithm>

namespace keraslike::layers {

using utils::windows::Cells;
using utils::windows::Places;

namespace {

int64_t rounded_up(int64_t count, int64_t to) { return (count + to - 1) / to * to; }

int64_t lanes() { return utils::windows::table()->lanes; }

Places places(const std::vector<int64_t>& offsets, int64_t image_stride) {
  return {offsets.data(), static_cast<int64_t>(offsets.size()), image_stride};
}

}  // namespace

WindowProduct::WindowProduct(const ConvolutionForm& form, To to)
    : form_(form), sights_(to == To::Outputs ? sights_of_outputs(form) : sights_of_inputs(form)) {
  const bool to_outputs = to == To::Outputs;
  const int64_t kernel_row = form.kernel_cells() * form.channels_of_group();
  rows_ = to_outputs ? form.channels_of_group() : form.filters_of_group();
  columns_ = to_outputs ? form.filters_of_group() : form.channels_of_group();
  source_width_ = rows_ * form.groups;
  target_width_ = columns_ * form.groups;
  source_image_ = sights_.source.image_size();
  target_image_ = (to_outputs ? form.outputs() : form.inputs()) * target_width_;
  row_stride_ = to_outputs ? form.kernel_cells() : kernel_row;
  column_stride_ = to_outputs ? kernel_row : form.kernel_cells();
  panels_ = (columns_ + utils::windows::table()->panel - 1) / utils::windows::table()->panel;
  for (const auto& sight : sights_.all) parts_.push_back(part_of(sight));
}

// Panels are as equal as whole vectors can be.
int64_t WindowProduct::width_of_panel(int64_t panel) const {
  const int64_t vectors = rounded_up(columns_, lanes()) / lanes();
  return (vectors * (panel + 1) / panels_ - vectors * panel / panels_) * lanes();
}

// Cells that lie side by side make one run, where that holds for all alike.
WindowProduct::Part WindowProduct::part_of(const Sight& sight) const {
  const auto cells = static_cast<int64_t>(sight.offsets.size());
  const auto follows = [&](int64_t i) {
    const auto at = static_cast<size_t>(i);
    return form_.groups == 1 && sight.offsets[at] == sight.offsets[at - 1] + source_width_;
  };
  int64_t together = 1;
  while (together < cells && follows(together)) ++together;
  for (int64_t i = together; i < cells; ++i) {
    if (follows(i) != (i % together != 0)) together = 1;
  }
  if (together > 0 && cells % together != 0) together = 1;
  Part part{{}, together * rows_, {}};
  for (int64_t i = 0; i < cells; i += together) part.runs.push_back(sight.offsets[static_cast<size_t>(i)]);
  part.packed.resize(static_cast<size_t>(form_.groups * cells * rows_ * rounded_up(columns_, lanes())));
  return part;
}

void WindowProduct::pack(const Sight& sight, const float* kernel, std::vector<float>& packed) const {
  const int64_t group_stride = form_.filters_of_group() * form_.channels_of_group() * form_.kernel_cells();
  const int64_t group_size = static_cast<int64_t>(sight.cells.size()) * rows_ * rounded_up(columns_, lanes());
  share_out(form_.groups * panels_, form_.groups * group_size, 1, [&](int64_t begin, int64_t end) {
    for (int64_t unit = begin; unit < end; ++unit) {
      const int64_t first = rounded_up(columns_, lanes()) / lanes() * (unit % panels_) / panels_ * lanes();
      const int64_t width = width_of_panel(unit % panels_);
      const int64_t known = std::min(width, columns_ - first);
      const float* const from = kernel + unit / panels_ * group_stride + first * column_stride_;
      float* to = packed.data() + unit / panels_ * group_size +
                  first * static_cast<int64_t>(sight.cells.size()) * rows_;
      for (const int64_t cell : sight.cells) {
        for (int64_t row = 0; row < rows_; ++row, to += width) {
          const float* const values = from + row * row_stride_ + cell;
          for (int64_t i = 0; i < known; ++i) to[i] = values[i * column_stride_];
        }
      }
    }
  });
}

void WindowProduct::look_at(const float* source) { source_ = sights_.source.padded(source); }

void WindowProduct::run(const float* kernel, const float* bias, bool relu, float* target) {
  for (size_t i = 0; i < parts_.size(); ++i) {
    pack(sights_.all[i], kernel, parts_[i].packed);
    multiply(sights_.all[i], parts_[i], bias, relu, target);
  }
}

void WindowProduct::multiply(const Sight& sight, const Part& part, const float* bias, bool relu, float* target) const {
  constexpr int64_t kBlock = 96;  // places whose windows stay in the cache for all panels
  const auto& table = *utils::windows::table();
  const int64_t places_count = form_.batch * static_cast<int64_t>(sight.to.size());
  const int64_t depth = static_cast<int64_t>(sight.cells.size()) * rows_;
  share_out(places_count, places_count * depth * target_width_, table.rows, [&](int64_t begin, int64_t end) {
    for (; begin < end; begin += kBlock) {
      const float* packed = part.packed.data();
      for (int64_t group = 0; group < form_.groups; ++group) {
        for (int64_t panel = 0, column = 0; panel < panels_; ++panel) {
          const int64_t width = width_of_panel(panel);
          const int64_t first = group * columns_ + column;
          const Cells cells{part.runs.data(), static_cast<int64_t>(part.runs.size()), part.length};
          table.multiply({.x = source_ + group * rows_,
                          .from = places(sight.from, source_image_),
                          .cells = cells,
                          .packed = packed,
                          .bias = bias == nullptr ? nullptr : bias + first,
                          .relu = relu,
                          .y = target + first,
                          .to = places(sight.to, target_image_),
                          .columns = std::min(width, columns_ - column)},
                         begin, std::min(begin + kBlock, end));
          packed += depth * width;
          column += width;
        }
      }
    }
  });
}

KernelGradient::KernelGradient(const ConvolutionForm& form, const Sights& outputs)
    : form_(form),
      sight_(outputs.all.front()),
      input_image_(outputs.source.image_size()),
      width_(rounded_up(form.filters_of_group(), lanes())) {
  constexpr int64_t kMostNumbers = 1 << 20;  // in all parts of the sums
  constexpr int64_t kMostParts = 16;
  constexpr int64_t kUnits = 16;
  for (const int64_t offset : sight_.offsets) {
    for (int64_t i = 0; i < form.channels_of_group(); ++i) numbers_.push_back(offset + i);
  }
  const int64_t size = form.groups * static_cast<int64_t>(numbers_.size()) * width_;
  parts_ = std::clamp<int64_t>(kMostNumbers / size, 1, std::min(form.batch, kMostParts));
  const int64_t tiles = (static_cast<int64_t>(numbers_.size()) + 7) / 8;
  slices_ = parts_ >= kUnits / 2 ? 1 : std::min(kUnits / parts_, tiles);
  sums_.resize(static_cast<size_t>(parts_ * size));
}

void KernelGradient::run(const float* input, const float* output_gradient, float* kernel_gradient) {
  const auto numbers = static_cast<int64_t>(numbers_.size());
  share_out(parts_ * slices_, form_.work(), 1, [&](int64_t begin, int64_t end) {
    for (int64_t unit = begin; unit < end; ++unit) {
      const int64_t slice = unit % slices_;
      add_images(input, output_gradient, unit / slices_, numbers * slice / slices_, numbers * (slice + 1) / slices_);
    }
  });
  add_parts();
  lay_out(kernel_gradient);
}

// Of the numbers from `begin` to `end` and one part of the batch.
void KernelGradient::add_images(const float* input, const float* output_gradient, int64_t part, int64_t begin,
                                int64_t end) {
  static thread_local std::vector<float> rows;  // in whole vectors
  const int64_t filters = form_.filters_of_group();
  const int64_t outputs = form_.outputs();
  const auto numbers = static_cast<int64_t>(numbers_.size());
  const bool is_whole = filters == width_;
  if (!is_whole) rows.assign(static_cast<size_t>(outputs * width_), 0.0F);
  for (int64_t group = 0; group < form_.groups; ++group) {
    float* const sums = sums_.data() + ((part * form_.groups + group) * numbers + begin) * width_;
    std::fill_n(sums, (end - begin) * width_, 0.0F);
    for (int64_t i = form_.batch * part / parts_; i < form_.batch * (part + 1) / parts_; ++i) {
      const float* gradient = output_gradient + i * outputs * form_.filters + group * filters;
      for (int64_t row = 0; !is_whole && row < outputs; ++row) {
        std::copy_n(gradient + row * form_.filters, filters, rows.data() + row * width_);
      }
      utils::windows::table()->multiply_gradient(
          {.x = input + i * input_image_ + group * form_.channels_of_group(),
           .places = sight_.from.data(),
           .count = outputs,
           .cells = numbers_.data() + begin,
           .cell_count = end - begin,
           .y_gradient = is_whole ? gradient : rows.data(),
           .y_stride = is_whole ? form_.filters : width_,
           .sums = sums,
           .sums_stride = width_,
           .columns = width_});
    }
  }
}

void KernelGradient::add_parts() {
  const auto size = static_cast<int64_t>(sums_.size()) / parts_;
  share_out(size, size * parts_, 64, [&](int64_t begin, int64_t end) {
    for (int64_t part = 1; part < parts_; ++part) {
      const float* const from = sums_.data() + part * size;
      for (int64_t i = begin; i < end; ++i) sums_[static_cast<size_t>(i)] += from[i];
    }
  });
}

void KernelGradient::lay_out(float* kernel_gradient) const {
  const int64_t cells = form_.kernel_cells();
  const int64_t channels = form_.channels_of_group();
  const int64_t filters = form_.filters_of_group();
  share_out(form_.filters, form_.filters * cells * channels, 1, [&](int64_t begin, int64_t end) {
    for (int64_t filter = begin; filter < end; ++filter) {
      const float* from = sums_.data() + filter / filters * cells * channels * width_ + filter % filters;
      for (const int64_t cell : sight_.cells) {
        float* const to = kernel_gradient + filter * channels * cells + cell;
        for (int64_t i = 0; i < channels; ++i, from += width_) to[i * cells] = *from;
      }
    }
  });
}

}  // namespace keraslike::layers

#include "keraslike/layers/images.h"

#include <algorithm>
#include <cstring>

namespace keraslike::layers {

Sizes3 image_sizes(const Shape& shape) {
  Sizes3 sizes{1, 1, 1};
  const auto spatial = spatial_sizes(shape, kChannelsLast);
  std::copy(spatial.begin(), spatial.end(), sizes.end() - static_cast<std::ptrdiff_t>(spatial.size()));
  return sizes;
}

PaddedImages::PaddedImages(int64_t batch, const Sizes3& sizes, const Sizes3& before, const Sizes3& after,
                           int64_t channels)
    : batch_(batch), sizes_(sizes), before_(before), channels_(channels) {
  for (size_t i = 0; i < 3; ++i) padded_[i] = before[i] + sizes[i] + after[i];
  if (is_needed()) buffer_.assign(static_cast<size_t>(batch * image_size()), 0.0F);
}

// Calls line(in the padded image, in the dense one) for each row of cells, as offsets.
template <class Line>
void PaddedImages::each_line(int64_t image, Line&& line) const {
  const int64_t dense_size = cell_at(sizes_, sizes_[0], 0, 0) * channels_;
  for (int64_t d = 0; d < sizes_[0]; ++d) {
    for (int64_t h = 0; h < sizes_[1]; ++h) {
      line(image * image_size() + cell_at(padded_, d + before_[0], h + before_[1], before_[2]) * channels_,
           image * dense_size + cell_at(sizes_, d, h, 0) * channels_);
    }
  }
}

const float* PaddedImages::padded(const float* images) {
  if (!is_needed()) return images;
  const auto bytes = static_cast<size_t>(sizes_[2] * channels_) * sizeof(float);
  share_out(batch_, static_cast<int64_t>(buffer_.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t image = begin; image < end; ++image) {
      each_line(image, [&](int64_t to, int64_t from) { std::memcpy(buffer_.data() + to, images + from, bytes); });
    }
  });
  return buffer_.data();
}

void PaddedImages::fill_margin(float value) { std::fill(buffer_.begin(), buffer_.end(), value); }

float* PaddedImages::image(int64_t image, float* images) {
  return (is_needed() ? buffer_.data() : images) + image * image_size();
}

void PaddedImages::crop(int64_t image, float* images) const {
  if (!is_needed()) return;
  const auto bytes = static_cast<size_t>(sizes_[2] * channels_) * sizeof(float);
  each_line(image, [&](int64_t from, int64_t to) { std::memcpy(images + to, buffer_.data() + from, bytes); });
}

}  // namespace keraslike::layers

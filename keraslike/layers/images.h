#pragma once

// For sources. Images in the buffers of a plan: (batch, three axes, channels), of which one or two axes may have but
// one cell.

#include <array>
#include <cstdint>
#include <vector>

#include "keraslike/layers/data_format.h"
#include "keraslike/utils/parallel.h"
#include "keraslike/utils/shape.h"

namespace keraslike::layers {

using Sizes3 = std::array<int64_t, 3>;

// The spatial sizes of a shape with channels last; those that it lacks are 1.
Sizes3 image_sizes(const Shape& shape);

// How far it is to a cell in an image of these sizes, counted in cells.
inline int64_t cell_at(const Sizes3& sizes, int64_t d, int64_t h, int64_t w) {
  return (d * sizes[1] + h) * sizes[2] + w;
}

// Runs part(begin, end) over a batch's images, or over other things that take `work` additions all together, on as many
// threads as are worth it; in more parts than threads, as some may be late.
template <class Part>
void share_out(int64_t count, int64_t work, int64_t grain, Part&& part) {
  constexpr int64_t kWorkPerThread = 300'000;
  const int64_t threads = utils::threads_for(work, kWorkPerThread);
  utils::for_ranges(count, threads > 1 ? 4 * threads : 1, grain, part);
}

// Images with a margin around each, in a buffer of its own unless the margin is empty.
class PaddedImages {
 public:
  PaddedImages() = default;
  PaddedImages(int64_t batch, const Sizes3& sizes, const Sizes3& before, const Sizes3& after, int64_t channels);

  const Sizes3& sizes() const { return padded_; }
  const Sizes3& before() const { return before_; }
  int64_t image_size() const { return cell_at(padded_, padded_[0], 0, 0) * channels_; }  // in numbers
  bool is_needed() const { return padded_ != sizes_; }

  // The images with their margin.
  const float* padded(const float* images);

  // What the margin holds, 0 at first.
  void fill_margin(float value);

  // For gradients: an image to write, margin and all, and what the dense images are of it.
  float* image(int64_t image, float* images);
  void crop(int64_t image, float* images) const;

 private:
  template <class Line>
  void each_line(int64_t image, Line&& line) const;

  int64_t batch_ = 0;
  Sizes3 sizes_{}, before_{}, padded_{};
  int64_t channels_ = 0;
  std::vector<float> buffer_;
};

}  // namespace keraslike::layers

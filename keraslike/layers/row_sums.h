#pragma once

// Sums over the rows of a buffer, in parts that do not depend on the number of threads. For sources.

#include <algorithm>
#include <vector>

#include "keraslike/layers/images.h"
#include "keraslike/utils/kernels.h"

namespace keraslike::layers {

class RowSums {
 public:
  RowSums() = default;
  RowSums(int64_t rows, int64_t width)
      : rows_(rows), width_(width), parts_(std::min(rows, kMostParts)), sums_(static_cast<size_t>(parts_ * width)) {}

  // `part(first, count, sum)` writes the sum of so many rows from the first one on; `sum` becomes that of all.
  template <class Part>
  void run(float* sum, Part&& part) {
    share_out(parts_, rows_ * width_, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t first = rows_ * i / parts_;
        part(first, rows_ * (i + 1) / parts_ - first, sums_.data() + i * width_);
      }
    });
    utils::kernels::sum_rows(sums_.data(), sum, parts_, width_);
  }

 private:
  static constexpr int64_t kMostParts = 64;

  int64_t rows_ = 0, width_ = 0, parts_ = 0;
  std::vector<float> sums_;
};

}  // namespace keraslike::layers

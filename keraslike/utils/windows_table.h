#pragma once

// What windows that slide over images compute, as loops over memory, and one table of them for each generation of
// processors. Images are float32, their channels last. For sources.

#include <cstdint>

namespace keraslike::utils::windows {

// Places in images of equal layout: offsets of those in one image, and how far it is to the next image.
struct Places {
  const int64_t* offsets = nullptr;
  int64_t count = 0;
  int64_t image_stride = 0;
};

// What lies in a window: runs of `length` numbers, each at an offset from the window's place.
struct Cells {
  const int64_t* offsets = nullptr;
  int64_t count = 0;
  int64_t length = 1;
};

// At each place of y the numbers of a window of x times a matrix.
struct Product {
  const float* x = nullptr;
  Places from = {};
  Cells cells = {};
  const float* packed = nullptr;  // a row of whole vectors for each number in the window
  const float* bias = nullptr;    // may be null
  bool relu = false;
  float* y = nullptr;
  Places to = {};
  int64_t columns = 0;  // at most a panel
};

// The matrix' gradient from one image. Its rows, and those of y_gradient, are whole vectors.
struct ProductGradient {
  const float* x = nullptr;
  const int64_t* places = nullptr;
  int64_t count = 0;
  const int64_t* cells = nullptr;  // single numbers of the window
  int64_t cell_count = 0;
  const float* y_gradient = nullptr;  // a row for each place
  int64_t y_stride = 0;
  float* sums = nullptr;  // to which it is added: (cells, columns)
  int64_t sums_stride = 0;
  int64_t columns = 0;
};

// Each channel's own sum over a window: x times the kernel (cells, channels).
struct Depthwise {
  const float* x = nullptr;
  Places from = {};
  const int64_t* cells = nullptr;
  int64_t cell_count = 0;
  const float* kernel = nullptr;
  const float* bias = nullptr;  // may be null
  bool relu = false;
  float* y = nullptr;
  Places to = {};
  int64_t channels = 0;
};

// One image's pooling, whose results are dense rows.
struct Pooling {
  const int64_t* places = nullptr;
  int64_t count = 0;
  const int64_t* cells = nullptr;
  int64_t cell_count = 0;
  int64_t channels = 0;
  bool overlap = true;              // whether a cell may lie in several windows
  uint8_t* chosen = nullptr;        // of the maximum: its cell; `max` may have null
  const float* divisors = nullptr;  // of the mean: one for each place
};

struct Table {
  int64_t lanes;  // numbers in a vector
  int64_t panel;  // columns that are computed together
  int64_t rows;   // and so many places

  // Places from `begin` to `end`, counted over all images.
  void (*multiply)(const Product& of, int64_t begin, int64_t end);
  void (*multiply_gradient)(const ProductGradient& of);
  void (*depthwise)(const Depthwise& of, int64_t begin, int64_t end);
  void (*depthwise_gradient)(const ProductGradient& of);
  void (*max)(const Pooling& of, const float* x, float* y);
  void (*mean)(const Pooling& of, const float* x, float* y);
  // These add to the gradient of x, or write it where windows do not overlap.
  void (*max_gradient)(const Pooling& of, const float* y_gradient, float* x_gradient);
  void (*mean_gradient)(const Pooling& of, const float* y_gradient, float* x_gradient);
};

#if defined(__x86_64__)
extern const Table haswell;
extern const Table skylake_avx512;
#endif

}  // namespace keraslike::utils::windows

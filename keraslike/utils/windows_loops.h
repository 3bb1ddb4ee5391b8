// For sources. The loops of windows over images, compiled once for each generation of processors: windows_haswell.cpp
// and its neighbour define KERASLIKE_WINDOWS as the name of the table and include this. It uses no function of any
// other header but lanes.h: the linker could otherwise take the copy that needs the newest processor for all.

#include "keraslike/utils/lanes.h"
#include "keraslike/utils/windows_table.h"

namespace keraslike::utils::windows {

namespace {

constexpr int kMostVectors = kLanes == 16 ? 3 : 2;
constexpr int kRows = kLanes == 16 ? 8 : 6;
constexpr int kMostCells = 8;
using Bytes = uint8_t __attribute__((vector_size(kLanes)));

inline Floats relu_of(Floats x) { return x <= 0.0F ? Floats{} : x; }

// Goes through places of one image after the other.
template <class Number>
class Cursor {
 public:
  Cursor(Number* images, const Places& places, int64_t begin)
      : places_(places), image_(images + begin / places.count * places.image_stride), at_(begin % places.count) {}

  Number* here() const { return image_ + places_.offsets[at_]; }
  void advance() {
    if (++at_ < places_.count) return;
    at_ = 0;
    image_ += places_.image_stride;
  }

 private:
  const Places& places_;
  Number* image_;
  int64_t at_;
};

// Some places and one panel: all sums stay in registers.
template <int kVectors>
inline void product_tile(const Product& of, const float* const* from, float* const* to) {
  Floats sums[kRows][kVectors];
#pragma GCC unroll 4
  for (int i = 0; i < kVectors; ++i) {
    const Floats start = of.bias == nullptr ? Floats{} : load(of.bias + i * kLanes, of.columns - i * kLanes);
#pragma GCC unroll 8
    for (int row = 0; row < kRows; ++row) sums[row][i] = start;
  }
  const float* packed = of.packed;
  for (int64_t run = 0; run < of.cells.count; ++run) {
    const int64_t end = of.cells.offsets[run] + of.cells.length;
    for (int64_t at = end - of.cells.length; at < end; ++at, packed += kVectors * kLanes) {
      Floats b[kVectors];
#pragma GCC unroll 4
      for (int i = 0; i < kVectors; ++i) b[i] = load(packed + i * kLanes);
#pragma GCC unroll 8
      for (int row = 0; row < kRows; ++row) {
        const float value = from[row][at];
#pragma GCC unroll 4
        for (int i = 0; i < kVectors; ++i) sums[row][i] += value * b[i];
      }
    }
  }
#pragma GCC unroll 8
  for (int row = 0; row < kRows; ++row) {
#pragma GCC unroll 4
    for (int i = 0; i < kVectors; ++i) {
      store(of.relu ? relu_of(sums[row][i]) : sums[row][i], to[row] + i * kLanes, of.columns - i * kLanes);
    }
  }
}

// The last tile repeats its last place.
template <int kVectors>
void product_vectors(const Product& of, int64_t begin, int64_t end) {
  Cursor<const float> from(of.x, of.from, begin);
  Cursor<float> to(of.y, of.to, begin);
  const float* sources[kRows];
  float* targets[kRows];
  for (int64_t place = begin; place < end; place += kRows) {
    for (int row = 0; row < kRows; ++row) {
      const bool is_new = place + row < end;
      sources[row] = is_new ? from.here() : sources[row - 1];
      targets[row] = is_new ? to.here() : targets[row - 1];
      if (!is_new) continue;
      from.advance();
      to.advance();
    }
    product_tile<kVectors>(of, sources, targets);
  }
}

void multiply(const Product& of, int64_t begin, int64_t end) {
  const int64_t vectors = (of.columns + kLanes - 1) / kLanes;
  if (vectors == 1) return product_vectors<1>(of, begin, end);
  if (vectors == 2) return product_vectors<2>(of, begin, end);
  if constexpr (kMostVectors > 2) product_vectors<3>(of, begin, end);
}

// Some cells of the window and one panel: all sums stay in registers.
template <int kCells, int kVectors>
void gradient_tile(const ProductGradient& of, int64_t cell, int64_t column) {
  Floats sums[kCells][kVectors];
  const float* x[kCells];
  float* const target = of.sums + cell * of.sums_stride + column;
#pragma GCC unroll 8
  for (int row = 0; row < kCells; ++row) {
    x[row] = of.x + of.cells[cell + row];
#pragma GCC unroll 4
    for (int i = 0; i < kVectors; ++i) sums[row][i] = load(target + row * of.sums_stride + i * kLanes);
  }
  const float* y_gradient = of.y_gradient + column;
  for (int64_t place = 0; place < of.count; ++place, y_gradient += of.y_stride) {
    Floats b[kVectors];
#pragma GCC unroll 4
    for (int i = 0; i < kVectors; ++i) b[i] = load(y_gradient + i * kLanes);
    const int64_t offset = of.places[place];
#pragma GCC unroll 8
    for (int row = 0; row < kCells; ++row) {
      const float value = x[row][offset];
#pragma GCC unroll 4
      for (int i = 0; i < kVectors; ++i) sums[row][i] += value * b[i];
    }
  }
#pragma GCC unroll 8
  for (int row = 0; row < kCells; ++row) {
#pragma GCC unroll 4
    for (int i = 0; i < kVectors; ++i) store(sums[row][i], target + row * of.sums_stride + i * kLanes);
  }
}

template <int kVectors>
void gradient_cells(const ProductGradient& of, int64_t cell, int64_t count, int64_t column) {
  if (count == 8) return gradient_tile<8, kVectors>(of, cell, column);
  if (count == 7) return gradient_tile<7, kVectors>(of, cell, column);
  if (count == 6) return gradient_tile<6, kVectors>(of, cell, column);
  if (count == 5) return gradient_tile<5, kVectors>(of, cell, column);
  if (count == 4) return gradient_tile<4, kVectors>(of, cell, column);
  if (count == 3) return gradient_tile<3, kVectors>(of, cell, column);
  if (count == 2) return gradient_tile<2, kVectors>(of, cell, column);
  gradient_tile<1, kVectors>(of, cell, column);
}

// Tiles are as equal as can be.
void multiply_gradient(const ProductGradient& of) {
  const int64_t vectors = of.columns / kLanes;
  const int64_t most_cells = kLanes == 16 ? kMostCells : 6;
  const int64_t panels = (vectors + kMostVectors - 1) / kMostVectors;
  const int64_t tiles = (of.cell_count + most_cells - 1) / most_cells;
  for (int64_t panel = 0; panel < panels; ++panel) {
    const int64_t first = vectors * panel / panels;
    const int64_t width = vectors * (panel + 1) / panels - first;
    for (int64_t tile = 0; tile < tiles; ++tile) {
      const int64_t cell = of.cell_count * tile / tiles;
      const int64_t count = of.cell_count * (tile + 1) / tiles - cell;
      if (width == 1) gradient_cells<1>(of, cell, count, first * kLanes);
      if (width == 2) gradient_cells<2>(of, cell, count, first * kLanes);
      if constexpr (kMostVectors > 2) {
        if (width == 3) gradient_cells<3>(of, cell, count, first * kLanes);
      }
    }
  }
}

void depthwise(const Depthwise& of, int64_t begin, int64_t end) {
  Cursor<const float> from(of.x, of.from, begin);
  Cursor<float> to(of.y, of.to, begin);
  for (int64_t place = begin; place < end; ++place, from.advance(), to.advance()) {
    const float* const x = from.here();
    float* const y = to.here();
    for (int64_t i = 0; i < of.channels; i += kLanes) {
      const int64_t width = of.channels - i;
      Floats sum = of.bias == nullptr ? Floats{} : load(of.bias + i, width);
      for (int64_t cell = 0; cell < of.cell_count; ++cell) {
        sum += load(x + of.cells[cell] + i, width) * load(of.kernel + cell * of.channels + i, width);
      }
      store(of.relu ? relu_of(sum) : sum, y + i, width);
    }
  }
}

void depthwise_gradient(const ProductGradient& of) {
  for (int64_t place = 0; place < of.count; ++place) {
    const float* const x = of.x + of.places[place];
    const float* const y_gradient = of.y_gradient + place * of.y_stride;
    for (int64_t i = 0; i < of.columns; i += kLanes) {
      const int64_t width = of.columns - i;
      const Floats gradient = load(y_gradient + i, width);
      float* sum = of.sums + i;
      for (int64_t cell = 0; cell < of.cell_count; ++cell, sum += of.sums_stride) {
        store(load(sum, width) + load(x + of.cells[cell] + i, width) * gradient, sum, width);
      }
    }
  }
}

inline void store_bytes(Ints numbers, uint8_t* to, int64_t count) {
  const Bytes bytes = __builtin_convertvector(numbers, Bytes);
  if (count >= kLanes) {
    __builtin_memcpy(to, &bytes, sizeof(bytes));
  } else {
    __builtin_memcpy(to, &bytes, static_cast<unsigned long>(count));
  }
}
inline Ints load_bytes(const uint8_t* from, int64_t count) {
  Bytes bytes{};
  if (count >= kLanes) {
    __builtin_memcpy(&bytes, from, sizeof(bytes));
  } else {
    __builtin_memcpy(&bytes, from, static_cast<unsigned long>(count));
  }
  return __builtin_convertvector(bytes, Ints);
}

// Calls part(x, i, width, place) for each vector of each place: where it begins in x, in the rows of y, and what there
// is from there on.
template <class Number, class Part>
inline void each_vector(const Pooling& of, Number* x, Part&& part) {
  for (int64_t place = 0; place < of.count; ++place) {
    for (int64_t i = 0; i < of.channels; i += kLanes) {
      part(x + of.places[place] + i, place * of.channels + i, of.channels - i, place);
    }
  }
}

// The first of equal values, and NaN before all, as in LibTorch.
void max(const Pooling& of, const float* x, float* y) {
  each_vector(of, x, [&](const float* values, int64_t at, int64_t width, int64_t) {
    Floats most = load(values + of.cells[0], width);
    Ints chosen{};
    for (int64_t cell = 1; cell < of.cell_count; ++cell) {
      const Floats value = load(values + of.cells[cell], width);
      const Ints is_more = (value > most) | (value != value);
      most = is_more ? value : most;
      chosen = is_more ? Ints{} + static_cast<int32_t>(cell) : chosen;
    }
    store(most, y + at, width);
    if (of.chosen != nullptr) store_bytes(chosen, of.chosen + at, width);
  });
}

void mean(const Pooling& of, const float* x, float* y) {
  each_vector(of, x, [&](const float* values, int64_t at, int64_t width, int64_t place) {
    Floats sum{};
    for (int64_t cell = 0; cell < of.cell_count; ++cell) sum += load(values + of.cells[cell], width);
    store(sum / of.divisors[place], y + at, width);
  });
}

void max_gradient(const Pooling& of, const float* y_gradient, float* x_gradient) {
  each_vector(of, x_gradient, [&](float* gradients, int64_t at, int64_t width, int64_t) {
    const Ints chosen = load_bytes(of.chosen + at, width);
    const Floats gradient = load(y_gradient + at, width);
    for (int64_t cell = 0; cell < of.cell_count; ++cell) {
      float* const to = gradients + of.cells[cell];
      const Floats before = of.overlap ? load(to, width) : Floats{};
      store(before + (chosen == static_cast<int32_t>(cell) ? gradient : Floats{}), to, width);
    }
  });
}

void mean_gradient(const Pooling& of, const float* y_gradient, float* x_gradient) {
  each_vector(of, x_gradient, [&](float* gradients, int64_t at, int64_t width, int64_t place) {
    const Floats gradient = load(y_gradient + at, width) / of.divisors[place];
    for (int64_t cell = 0; cell < of.cell_count; ++cell) {
      float* const to = gradients + of.cells[cell];
      store(of.overlap ? load(to, width) + gradient : gradient, to, width);
    }
  });
}

}  // namespace

extern const Table KERASLIKE_WINDOWS;
const Table KERASLIKE_WINDOWS{.lanes = kLanes,
                              .panel = kLanes * kMostVectors,
                              .rows = kRows,
                              .multiply = multiply,
                              .multiply_gradient = multiply_gradient,
                              .depthwise = depthwise,
                              .depthwise_gradient = depthwise_gradient,
                              .max = max,
                              .mean = mean,
                              .max_gradient = max_gradient,
                              .mean_gradient = mean_gradient};

}  // namespace keraslike::utils::windows

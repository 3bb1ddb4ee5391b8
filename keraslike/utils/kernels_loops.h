// For sources. The kernels' loops, compiled once for each generation of processors: kernels_baseline.cpp and its
// neighbours define KERASLIKE_KERNELS as the name of the table and include this. It uses no function of any other
// header but vector_math.h: the linker could otherwise take the copy that needs the newest processor for all.

#include "keraslike/utils/kernels_table.h"
#include "keraslike/utils/vector_math.h"

namespace keraslike::utils::kernels {

namespace {

template <class Function>
inline void each(const float* x, float* y, int64_t count, Function function) {
  Floats values;
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    __builtin_memcpy(&values, x + i, sizeof(values));
    values = function(values);
    __builtin_memcpy(y + i, &values, sizeof(values));
  }
  if (i == count) return;
  const auto rest = static_cast<unsigned long>(count - i) * sizeof(float);
  values = Floats{};
  __builtin_memcpy(&values, x + i, rest);
  values = function(values);
  __builtin_memcpy(y + i, &values, rest);
}

void add_bias_loop(float* __restrict__ rows, const float* __restrict__ bias, int64_t count,
                                   int64_t width) {
  for (int64_t row = 0; row < count; ++row) {
    float* const values = rows + row * width;
    for (int64_t i = 0; i < width; ++i) values[i] += bias[i];
  }
}

void sum_rows_loop(const float* __restrict__ rows, float* __restrict__ sum, int64_t count, int64_t width,
                   int64_t stride) {
  for (int64_t i = 0; i < width; ++i) sum[i] = 0.0F;
  for (int64_t row = 0; row < count; ++row) {
    const float* const values = rows + row * stride;
    for (int64_t i = 0; i < width; ++i) sum[i] += values[i];
  }
}

void sum_squares_loop(const float* __restrict__ rows, const float* __restrict__ mean, float* __restrict__ sum,
                      int64_t count, int64_t width) {
  for (int64_t i = 0; i < width; ++i) sum[i] = 0.0F;
  for (int64_t row = 0; row < count; ++row) {
    const float* const values = rows + row * width;
    for (int64_t i = 0; i < width; ++i) sum[i] += (values[i] - mean[i]) * (values[i] - mean[i]);
  }
}

void sum_products_loop(const float* __restrict__ a, const float* __restrict__ b, const float* __restrict__ mean,
                       float* __restrict__ sum, int64_t count, int64_t width) {
  for (int64_t i = 0; i < width; ++i) sum[i] = 0.0F;
  for (int64_t row = 0; row < count; ++row) {
    const float* const values = a + row * width;
    const float* const others = b + row * width;
    for (int64_t i = 0; i < width; ++i) sum[i] += values[i] * (others[i] - mean[i]);
  }
}

void scale_rows_loop(const float* __restrict__ x, const float* __restrict__ scale, const float* __restrict__ shift,
                     float* __restrict__ y, int64_t count, int64_t width) {
  for (int64_t row = 0; row < count; ++row) {
    for (int64_t i = 0; i < width; ++i) y[row * width + i] = x[row * width + i] * scale[i] + shift[i];
  }
}

void combine_rows_loop(const float* __restrict__ a, const float* __restrict__ b, const float* __restrict__ a_scale,
                       const float* __restrict__ b_scale, const float* __restrict__ shift, float* __restrict__ y,
                       int64_t count, int64_t width) {
  for (int64_t row = 0; row < count; ++row) {
    for (int64_t i = 0; i < width; ++i) {
      const int64_t at = row * width + i;
      y[at] = a[at] * a_scale[i] + b[at] * b_scale[i] + shift[i];
    }
  }
}

// The sum of term(read) over `count` places, where read(x) is what stands there in x: vectors first, then numbers.
template <class Term>
inline float sum_over(int64_t count, Term term) {
  Floats sums{};
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    sums += term([i](const float* x) {
      Floats values;
      __builtin_memcpy(&values, x + i, sizeof(values));
      return values;
    });
  }
  float sum = 0.0F;
  for (int64_t lane = 0; lane < kLanes; ++lane) sum += sums[lane];
  for (; i < count; ++i) sum += term([i](const float* x) { return x[i]; });
  return sum;
}

void normalize_rows_loop(const float* x, const float* gamma, const float* beta, float epsilon, float* y, float* means,
                         float* inverses, int64_t count, int64_t width) {
  for (int64_t row = 0; row < count; ++row, x += width, y += width) {
    const float mean = sum_over(width, [&](auto read) { return read(x); }) / static_cast<float>(width);
    const float squares = sum_over(width, [&](auto read) { return (read(x) - mean) * (read(x) - mean); });
    const float inverse = 1.0F / __builtin_sqrtf(squares / static_cast<float>(width) + epsilon);
    means[row] = mean;
    inverses[row] = inverse;
KERASLIKE_IVDEP
    for (int64_t i = 0; i < width; ++i) y[i] = (x[i] - mean) * inverse;
KERASLIKE_IVDEP
    for (int64_t i = 0; gamma != nullptr && i < width; ++i) y[i] *= gamma[i];
KERASLIKE_IVDEP
    for (int64_t i = 0; beta != nullptr && i < width; ++i) y[i] += beta[i];
  }
}

// dx = (g - mean(g) - z * mean(g * z)) * inverse of g = dy * gamma and z, what was normalized.
void normalize_rows_backward_loop(const float* x, const float* y_gradient, const float* gamma, const float* means,
                                  const float* inverses, float* x_gradient, int64_t count, int64_t width) {
  for (int64_t row = 0; row < count; ++row, x += width, y_gradient += width, x_gradient += width) {
    const float mean = means[row];
    const float inverse = inverses[row];
KERASLIKE_IVDEP
    for (int64_t i = 0; i < width; ++i) x_gradient[i] = gamma == nullptr ? y_gradient[i] : y_gradient[i] * gamma[i];
    const float* const g = x_gradient;
    const float sum = sum_over(width, [&](auto read) { return read(g); }) / static_cast<float>(width);
    const float products = sum_over(width, [&](auto read) { return read(g) * (read(x) - mean); });
    const float of_z = products * inverse / static_cast<float>(width);
KERASLIKE_IVDEP
    for (int64_t i = 0; i < width; ++i) x_gradient[i] = (g[i] - sum - (x[i] - mean) * inverse * of_z) * inverse;
  }
}

void sum_normalized_loop(const float* __restrict__ y_gradient, const float* __restrict__ x,
                         const float* __restrict__ means, const float* __restrict__ inverses, float* __restrict__ sum,
                         int64_t count, int64_t width) {
  for (int64_t i = 0; i < width; ++i) sum[i] = 0.0F;
  for (int64_t row = 0; row < count; ++row) {
    const int64_t at = row * width;
    for (int64_t i = 0; i < width; ++i) sum[i] += y_gradient[at + i] * ((x[at + i] - means[row]) * inverses[row]);
  }
}

// x and y may be the same memory in all of these, but do not overlap otherwise.
void relu_loop(const float* x, float* y, int64_t count) {
KERASLIKE_IVDEP
  for (int64_t i = 0; i < count; ++i) y[i] = x[i] <= 0.0F ? 0.0F : x[i];
}

void tanh_loop(const float* x, float* y, int64_t count) {
  each(x, y, count, Tanh());
}

void sigmoid_loop(const float* x, float* y, int64_t count) {
  each(x, y, count, Sigmoid());
}

void softmax_loop(const float* x, float* y, int64_t rows, int64_t width) {
  for (int64_t row = 0; row < rows; ++row, x += width, y += width) {
    float most = x[0];
    for (int64_t i = 1; i < width; ++i) most = x[i] > most ? x[i] : most;
    for (int64_t i = 0; i < width; ++i) y[i] = x[i] - most;
    each(y, y, width, Exp());
    float sum = 0.0F;
    for (int64_t i = 0; i < width; ++i) sum += y[i];
    for (int64_t i = 0; i < width; ++i) y[i] /= sum;
  }
}

void relu_backward_loop(const float* y, const float* y_gradient, float* x_gradient, int64_t count) {
KERASLIKE_IVDEP
  for (int64_t i = 0; i < count; ++i) x_gradient[i] = y[i] <= 0.0F ? 0.0F : y_gradient[i];
}

void tanh_backward_loop(const float* y, const float* y_gradient, float* x_gradient, int64_t count) {
KERASLIKE_IVDEP
  for (int64_t i = 0; i < count; ++i) x_gradient[i] = y_gradient[i] * (1.0F - y[i] * y[i]);
}

void sigmoid_backward_loop(const float* y, const float* y_gradient, float* x_gradient,
                                           int64_t count) {
KERASLIKE_IVDEP
  for (int64_t i = 0; i < count; ++i) x_gradient[i] = y_gradient[i] * (1.0F - y[i]) * y[i];
}

void softmax_backward_loop(const float* y, const float* y_gradient, float* x_gradient, int64_t rows,
                                           int64_t width) {
  for (int64_t row = 0; row < rows; ++row, y += width, y_gradient += width, x_gradient += width) {
    float sum = 0.0F;
    for (int64_t i = 0; i < width; ++i) sum += y[i] * y_gradient[i];
KERASLIKE_IVDEP
    for (int64_t i = 0; i < width; ++i) x_gradient[i] = (y_gradient[i] - sum) * y[i];
  }
}

}  // namespace

extern const Table KERASLIKE_KERNELS;
const Table KERASLIKE_KERNELS{add_bias_loop,
                              sum_rows_loop,
                              sum_squares_loop,
                              sum_products_loop,
                              scale_rows_loop,
                              combine_rows_loop,
                              normalize_rows_loop,
                              normalize_rows_backward_loop,
                              sum_normalized_loop,
                              relu_loop,
                              tanh_loop,
                              sigmoid_loop,
                              softmax_loop,
                              relu_backward_loop,
                              tanh_backward_loop,
                              sigmoid_backward_loop,
                              softmax_backward_loop};

}  // namespace keraslike::utils::kernels

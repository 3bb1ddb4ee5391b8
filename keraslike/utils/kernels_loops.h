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

void sum_rows_loop(const float* __restrict__ rows, float* __restrict__ sum, int64_t count,
                                   int64_t width) {
  for (int64_t i = 0; i < width; ++i) sum[i] = 0.0F;
  for (int64_t row = 0; row < count; ++row) {
    const float* const values = rows + row * width;
    for (int64_t i = 0; i < width; ++i) sum[i] += values[i];
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
                              relu_loop,
                              tanh_loop,
                              sigmoid_loop,
                              softmax_loop,
                              relu_backward_loop,
                              tanh_backward_loop,
                              sigmoid_backward_loop,
                              softmax_backward_loop};

}  // namespace keraslike::utils::kernels

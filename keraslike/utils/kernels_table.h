#pragma once

// The kernels of one generation of processors. For sources.

#include <cstdint>

namespace keraslike::utils::kernels {

struct Table {
  void (*add_bias)(float* rows, const float* bias, int64_t count, int64_t width);
  void (*sum_rows)(const float* rows, float* sum, int64_t count, int64_t width);
  void (*relu)(const float* x, float* y, int64_t count);
  void (*tanh)(const float* x, float* y, int64_t count);
  void (*sigmoid)(const float* x, float* y, int64_t count);
  void (*softmax)(const float* x, float* y, int64_t rows, int64_t width);
  void (*relu_backward)(const float* y, const float* y_gradient, float* x_gradient, int64_t count);
  void (*tanh_backward)(const float* y, const float* y_gradient, float* x_gradient, int64_t count);
  void (*sigmoid_backward)(const float* y, const float* y_gradient, float* x_gradient, int64_t count);
  void (*softmax_backward)(const float* y, const float* y_gradient, float* x_gradient, int64_t rows, int64_t width);
};

extern const Table baseline;  // what the build asks for
#if defined(__x86_64__)
extern const Table haswell;
extern const Table skylake_avx512;
#endif

}  // namespace keraslike::utils::kernels

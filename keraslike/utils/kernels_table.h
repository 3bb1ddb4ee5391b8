#pragma once

// The kernels of one generation of processors. For sources.

#include <cstdint>

namespace keraslike::utils::kernels {

struct Table {
  void (*add_bias)(float* rows, const float* bias, int64_t count, int64_t width);
  void (*sum_rows)(const float* rows, float* sum, int64_t count, int64_t width, int64_t stride);
  void (*sum_squares)(const float* rows, const float* mean, float* sum, int64_t count, int64_t width);
  void (*sum_products)(const float* a, const float* b, const float* mean, float* sum, int64_t count, int64_t width);
  void (*scale_rows)(const float* x, const float* scale, const float* shift, float* y, int64_t count, int64_t width);
  void (*combine_rows)(const float* a, const float* b, const float* a_scale, const float* b_scale, const float* shift,
                       float* y, int64_t count, int64_t width);
  void (*normalize_rows)(const float* x, const float* gamma, const float* beta, float epsilon, float* y, float* mean,
                         float* inverse, int64_t count, int64_t width);
  void (*normalize_rows_backward)(const float* x, const float* y_gradient, const float* gamma, const float* mean,
                                  const float* inverse, float* x_gradient, int64_t count, int64_t width);
  void (*sum_normalized)(const float* y_gradient, const float* x, const float* mean, const float* inverse, float* sum,
                         int64_t count, int64_t width);
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

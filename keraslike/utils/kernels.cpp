#include "keraslike/utils/kernels.h"

#include "keraslike/utils/kernels_table.h"
#include "keraslike/utils/processor.h"

namespace keraslike::utils::kernels {

namespace {

const Table& chosen() {
#if defined(__x86_64__)
  static const Table& table = chosen_for_processor(baseline, haswell, skylake_avx512);
  return table;
#else
  return baseline;
#endif
}

}  // namespace

void add_bias(float* rows, const float* bias, int64_t count, int64_t width) {
  chosen().add_bias(rows, bias, count, width);
}
void sum_rows(const float* rows, float* sum, int64_t count, int64_t width, int64_t stride) {
  chosen().sum_rows(rows, sum, count, width, stride);
}
void sum_squares(const float* rows, const float* mean, float* sum, int64_t count, int64_t width) {
  chosen().sum_squares(rows, mean, sum, count, width);
}
void sum_products(const float* a, const float* b, const float* mean, float* sum, int64_t count, int64_t width) {
  chosen().sum_products(a, b, mean, sum, count, width);
}
void scale_rows(const float* x, const float* scale, const float* shift, float* y, int64_t count, int64_t width) {
  chosen().scale_rows(x, scale, shift, y, count, width);
}
void combine_rows(const float* a, const float* b, const float* a_scale, const float* b_scale, const float* shift,
                  float* y, int64_t count, int64_t width) {
  chosen().combine_rows(a, b, a_scale, b_scale, shift, y, count, width);
}
void normalize_rows(const float* x, const float* gamma, const float* beta, float epsilon, float* y, float* mean,
                    float* inverse, int64_t count, int64_t width) {
  chosen().normalize_rows(x, gamma, beta, epsilon, y, mean, inverse, count, width);
}
void normalize_rows_backward(const float* x, const float* y_gradient, const float* gamma, const float* mean,
                             const float* inverse, float* x_gradient, int64_t count, int64_t width) {
  chosen().normalize_rows_backward(x, y_gradient, gamma, mean, inverse, x_gradient, count, width);
}
void sum_normalized(const float* y_gradient, const float* x, const float* mean, const float* inverse, float* sum,
                    int64_t count, int64_t width) {
  chosen().sum_normalized(y_gradient, x, mean, inverse, sum, count, width);
}
void sum_rows(const float* rows, float* sum, int64_t count, int64_t width) { sum_rows(rows, sum, count, width, width); }
void relu(const float* x, float* y, int64_t count) {
  chosen().relu(x, y, count);
}
void tanh(const float* x, float* y, int64_t count) {
  chosen().tanh(x, y, count);
}
void sigmoid(const float* x, float* y, int64_t count) {
  chosen().sigmoid(x, y, count);
}
void softmax(const float* x, float* y, int64_t rows, int64_t width) {
  chosen().softmax(x, y, rows, width);
}
void relu_backward(const float* y, const float* y_gradient, float* x_gradient, int64_t count) {
  chosen().relu_backward(y, y_gradient, x_gradient, count);
}
void tanh_backward(const float* y, const float* y_gradient, float* x_gradient, int64_t count) {
  chosen().tanh_backward(y, y_gradient, x_gradient, count);
}
void sigmoid_backward(const float* y, const float* y_gradient, float* x_gradient, int64_t count) {
  chosen().sigmoid_backward(y, y_gradient, x_gradient, count);
}
void softmax_backward(const float* y, const float* y_gradient, float* x_gradient, int64_t rows, int64_t width) {
  chosen().softmax_backward(y, y_gradient, x_gradient, rows, width);
}

}  // namespace keraslike::utils::kernels

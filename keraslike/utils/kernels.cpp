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
void sum_rows(const float* rows, float* sum, int64_t count, int64_t width) {
  chosen().sum_rows(rows, sum, count, width);
}
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

#pragma once

// Loops over float32 memory that planned steps are made of, in the widest vectors the processor has. For sources.

#include <cstdint>

namespace keraslike::utils::kernels {

// Each row plus the bias.
void add_bias(float* rows, const float* bias, int64_t count, int64_t width);
// The sum of all rows, which are `stride` apart: by default one follows the other.
void sum_rows(const float* rows, float* sum, int64_t count, int64_t width, int64_t stride);
void sum_rows(const float* rows, float* sum, int64_t count, int64_t width);

// The sum of the rows' squared distances from the mean, and of (b - mean) * a.
void sum_squares(const float* rows, const float* mean, float* sum, int64_t count, int64_t width);
void sum_products(const float* a, const float* b, const float* mean, float* sum, int64_t count, int64_t width);
// y = x * scale + shift, and y = a * a_scale + b * b_scale + shift, with one number of these for each column.
void scale_rows(const float* x, const float* scale, const float* shift, float* y, int64_t count, int64_t width);
void combine_rows(const float* a, const float* b, const float* a_scale, const float* b_scale, const float* shift,
                  float* y, int64_t count, int64_t width);

// Each row less its mean, times `inverse`, which is 1 / sqrt(variance + epsilon); then times gamma and plus beta, which
// may be null. The gradient of x from that of y; and the sum over rows that is gamma's gradient.
void normalize_rows(const float* x, const float* gamma, const float* beta, float epsilon, float* y, float* mean,
                    float* inverse, int64_t count, int64_t width);
void normalize_rows_backward(const float* x, const float* y_gradient, const float* gamma, const float* mean,
                             const float* inverse, float* x_gradient, int64_t count, int64_t width);
void sum_normalized(const float* y_gradient, const float* x, const float* mean, const float* inverse, float* sum,
                    int64_t count, int64_t width);

void relu(const float* x, float* y, int64_t count);
void tanh(const float* x, float* y, int64_t count);
void sigmoid(const float* x, float* y, int64_t count);
void softmax(const float* x, float* y, int64_t rows, int64_t width);

// From the values that the activation made and their gradient.
void relu_backward(const float* y, const float* y_gradient, float* x_gradient, int64_t count);
void tanh_backward(const float* y, const float* y_gradient, float* x_gradient, int64_t count);
void sigmoid_backward(const float* y, const float* y_gradient, float* x_gradient, int64_t count);
void softmax_backward(const float* y, const float* y_gradient, float* x_gradient, int64_t rows, int64_t width);

}  // namespace keraslike::utils::kernels

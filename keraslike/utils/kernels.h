#pragma once

// Loops over float32 memory that planned steps are made of, in the widest vectors the processor has. For sources.

#include <cstdint>

namespace keraslike::utils::kernels {

// Each row plus the bias.
void add_bias(float* rows, const float* bias, int64_t count, int64_t width);
// The sum of all rows.
void sum_rows(const float* rows, float* sum, int64_t count, int64_t width);

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

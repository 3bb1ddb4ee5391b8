#pragma once

// Parts of the crossentropies that focal losses and metrics use. For sources.

#include <ATen/core/Tensor.h>

#include "keraslike/losses/crossentropy.h"

namespace keraslike {

class Fields;

namespace losses {

// Labels moved towards 0.5 (binary), or towards 1/classes (one-hot).
at::Tensor smooth_binary(const at::Tensor& targets, double label_smoothing);
at::Tensor smooth_one_hot(const at::Tensor& targets, double label_smoothing);

// Per element, of probabilities that are clipped here.
at::Tensor elementwise_binary_crossentropy(const at::Tensor& targets, const at::Tensor& probabilities);

// Divided by their sum along the axis, then clipped.
at::Tensor normalized_probabilities(const at::Tensor& probabilities, int64_t axis);

// Class numbers as LibTorch takes them, (batch, ...), from (batch, ...) or with 1 on the class axis.
at::Tensor labels_without_class_axis(const at::Tensor& y_true, const at::Tensor& y_pred, int64_t axis);

// False where a label is `ignore_class`; undefined where there is none.
at::Tensor valid_labels(const at::Tensor& y_true, const at::Tensor& y_pred,
                        const SparseCrossentropyArguments& arguments);

void crossentropy_fields(Fields& field, CrossentropyArguments& arguments);
void sparse_crossentropy_fields(Fields& field, SparseCrossentropyArguments& arguments);

}  // namespace losses

}  // namespace keraslike

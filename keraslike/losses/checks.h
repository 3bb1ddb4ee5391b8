#pragma once

// Whether targets and outputs can be compared. For sources; metrics ask the same questions. `owner` is the class that
// asks, as messages name it. Shapes have their batch axis; an open dimension fits any size.

#include <cstdint>
#include <optional>
#include <string>

#include <ATen/core/Tensor.h>

#include "keraslike/utils/shape.h"

namespace keraslike::losses {

// One target per output.
void check_same_shape(const std::string& owner, const Shape& y_true, const Shape& y_pred);

// A probability per class along `axis`. `sparse_twin` and `binary_twin` are what to use for class numbers and for
// a single output.
void check_one_hot(const std::string& owner, const std::string& sparse_twin, const std::string& binary_twin,
                   const Shape& y_true, const Shape& y_pred, int64_t axis = -1);

// A class number per row of outputs along `axis`. `dense_twin` is what to use for one-hot targets.
void check_labels(const std::string& owner, const std::string& dense_twin, const Shape& y_true, const Shape& y_pred,
                  int64_t axis);

// Whole numbers in [0, classes), or `ignored`; names the first that is not.
void check_label_values(const std::string& owner, const at::Tensor& labels, int64_t classes,
                        std::optional<int64_t> ignored);

}  // namespace keraslike::losses

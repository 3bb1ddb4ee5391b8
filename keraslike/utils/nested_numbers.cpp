#include "keraslike/utils/nested_numbers.h"

#include "keraslike/utils/errors.h"

namespace keraslike {

NestedNumbers::NestedNumbers(Shape shape, std::vector<double> values)
    : shape_(std::move(shape)), values_(std::move(values)) {
  if (shape_->count() == static_cast<int64_t>(values_.size())) return;
  throw ValueError("NestedNumbers expects as many values as its shape holds. Received: shape={}, {} values", *shape_,
                   values_.size());
}

}  // namespace keraslike

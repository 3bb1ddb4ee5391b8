#pragma once

#include <memory>

#include "keraslike/utils/dtype.h"
#include "keraslike/utils/handle.h"
#include "keraslike/utils/name_or.h"
#include "keraslike/utils/shape.h"
#include "keraslike/utils/tensor_fwd.h"

namespace keraslike {

class Fields;

namespace initializers {

class InitializerImpl {
 public:
  virtual ~InitializerImpl() = default;

  // Constructor arguments under Keras' names.
  virtual void fields(Fields& field) = 0;

  // A new tensor of Keras' `shape`. Stateless: two calls give the same values.
  virtual at::Tensor call(const Shape& shape, DType dtype) const = 0;
};

// What a weight holds before training. Subclass `InitializerImpl` for your own.
class Initializer : public Handle<InitializerImpl> {
 public:
  using Handle::Handle;

  at::Tensor operator()(const Shape& shape, DType dtype = DType::Float32) const;
};

}  // namespace initializers

using initializers::Initializer;

template <>
Registry<initializers::InitializerImpl>& registry();

}  // namespace keraslike

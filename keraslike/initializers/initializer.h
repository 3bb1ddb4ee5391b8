#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "keraslike/saving/configured.h"
#include "keraslike/utils/dtype.h"
#include "keraslike/utils/handle.h"
#include "keraslike/utils/name_or.h"
#include "keraslike/utils/shape.h"
#include "keraslike/utils/tensor_fwd.h"

namespace keraslike {

namespace initializers {

class InitializerImpl : public saving::Configured {
 public:
  // A new tensor of Keras' `shape`. Stateless: two calls give the same values.
  virtual at::Tensor call(const Shape& shape, DType dtype) const = 0;
};

// What a weight holds before training. Subclass `InitializerImpl` for your own.
class Initializer : public Handle<InitializerImpl> {
 public:
  using Function = std::function<at::Tensor(const Shape& shape, DType dtype)>;

  using Handle::Handle;

  // Any function that makes a tensor of the shape it is asked for. It can train but not be saved.
  template <PlainFunction<InitializerImpl, at::Tensor, const Shape&, DType> F>
  Initializer(F function) : Handle(from(std::move(function))) {}  // NOLINT: implicit by design

  // Throws ValueError where `shape` has an open dimension.
  at::Tensor operator()(const Shape& shape, DType dtype = DType::Float32) const;

 private:
  static std::shared_ptr<InitializerImpl> from(Function function);
};

}  // namespace initializers

using initializers::Initializer;

template <>
Registry<initializers::InitializerImpl>& registry();

}  // namespace keraslike
